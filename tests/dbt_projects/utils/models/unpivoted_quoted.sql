{{ dbt_utils.unpivot(ref("numbers"), cast_to="double", exclude=["id"], field_name="which one", value_name="how much", quote_identifiers=True) }}
