-- One row is one name of events and what it means: the first pattern of event_classes
-- that the name fits.
with
    events as (select * from {{ ref("int_events") }}),

    classes as (select * from {{ ref("event_classes") }}),

    names as (select event_name, count(*) as events from events group by event_name),

    fitting as (
        select names.event_name, names.events, min(classes.precedence) as precedence
        from names
        inner join
            classes on lower(trim(names.event_name)) like lower(classes.event_pattern)
        group by names.event_name, names.events
    ),

    final as (
        select
            cast(fitting.event_name as varchar) as event_name,
            cast(classes.event_class as varchar) as event_class,
            cast(classes.is_core_action as boolean) as is_core_action,
            cast(
                case
                    classes.activation_action
                    when 'by_name'
                    then fitting.event_name
                    when 'by_class'
                    then classes.event_class
                end as varchar
            ) as activation_action,
            cast(fitting.events as bigint) as events
        from fitting
        inner join classes on fitting.precedence = classes.precedence
    )

select *
from final
