-- Every name of events has a class: the last pattern of event_classes takes all that no
-- other does.
with
    names as (select distinct event_name from {{ ref("int_events") }}),

    classes as (
        select count(*) as catch_all
        from {{ ref("event_classes") }}
        where
            event_pattern = '%'
            and precedence = (select max(precedence) from {{ ref("event_classes") }})
    )

select names.event_name
from names
left join {{ ref("int_event_names") }} as known on names.event_name = known.event_name
where known.event_name is null
union all
select 'event_classes does not end with the pattern %'
from classes
where catch_all <> 1
