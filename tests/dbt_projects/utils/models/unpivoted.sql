{{ dbt_utils.unpivot(relation=ref("people"), cast_to="varchar", exclude=["id"], remove=["joined", "changed_at"]) }}
