select
    id,
    {{ dbt_utils.get_url_host(field="url") }} as host,
    {{ dbt_utils.get_url_path("url") }} as path,
    {{ dbt_utils.get_url_parameter(field="url", url_parameter="utm_source") }} as source,
    {{ dbt_utils.get_url_parameter("url", "page") }} as page
from {{ ref("visits") }}
