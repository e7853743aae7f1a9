select {{ tools.star(ref("uses"), except=["OWN", "theirs"]) }} from {{ ref("uses") }}
