{{
    config(
        post_hook=[
            "insert into {{ this }} values (2), (3)",
            before_begin("delete from main.heard where number < 0"),
            "delete from {{ this }} where x = 3",
        ]
    )
}}
select 1 as x
