select
    id,
    round({{ dbt_utils.haversine_distance("lat_one", "lon_one", "lat_two", "lon_two") }}, 6) as miles,
    round({{ dbt_utils.haversine_distance(lat1="lat_one", lon1="lon_one", lat2="lat_two", lon2="lon_two", unit="km") }}, 6) as kilometres
from {{ ref("places") }}
