-- What customers answer in a month, quarter or year: NPS, CSAT and CES, of all and by
-- segment.
with
    counts as (select * from {{ ref("int_survey_counts") }}),

    numbers as (select * from {{ ref("int_period_numbers") }}),

    segments as (
        select grain, segment_type, segment, min(period_start) as began
        from counts
        group by grain, segment_type, segment
    ),

    spine as (
        select
            segments.grain,
            segments.segment_type,
            segments.segment,
            {{ add_periods("month", "began", "period_number * months") }}
            as period_start,
            {{ add_periods("month", "began", "(period_number + 1) * months") }}
            as period_end
        from segments
        inner join
            (values ('month', 1), ('quarter', 3), ('year', 12)) as grains(grain, months)
            on segments.grain = grains.grain
        inner join
            numbers
            on period_number * months
            <= {{ months_between("began", "(" ~ as_of() ~ " - interval 1 microsecond)") }}
    ),

    rated as (
        select
            spine.*,
            cast(spine.period_end as timestamp) <= {{ as_of() }} as is_over,
            coalesce(nps.surveys_sent, 0) as sent,
            coalesce(nps.surveys_answered, 0) as answered,
            coalesce(nps.invalid_answers, 0) as invalid,
            coalesce(nps.responses, 0) as n,
            coalesce(nps.high_responses, 0) as p,
            coalesce(nps.middle_responses, 0) as q,
            coalesce(nps.low_responses, 0) as d,
            coalesce(csat.responses, 0) as csat_n,
            coalesce(csat.high_responses, 0) as csat_high,
            coalesce(csat.score_sum, 0) as csat_sum,
            coalesce(csat.invalid_answers, 0) as csat_invalid,
            coalesce(ces.responses, 0) as ces_n,
            coalesce(ces.high_responses, 0) as ces_high,
            coalesce(ces.score_sum, 0) as ces_sum,
            coalesce(ces.invalid_answers, 0) as ces_invalid
        from spine
        {% for survey in ["nps", "csat", "ces"] %}
            left join
                counts as {{ survey }}
                on {{ survey }}.survey_type = '{{ survey }}'
                and spine.grain = {{ survey }}.grain
                and spine.period_start = {{ survey }}.period_start
                and spine.segment_type = {{ survey }}.segment_type
                and spine.segment = {{ survey }}.segment
        {% endfor %}
    ),

    final as (
        select
            cast(grain as varchar) as grain,
            cast(period_start as date) as period_start,
            cast(period_end as date) as period_end,
            cast(segment_type as varchar) as segment_type,
            cast(segment as varchar) as segment,
            cast(n as bigint) as responses,
            cast(p as bigint) as promoters,
            cast(q as bigint) as passives,
            cast(d as bigint) as detractors,
            case when is_over then 100 * {{ safe_divide("p - d", "n") }} end as nps,
            100 * {{ safe_divide("p - d", "n") }} as nps_partial,
            -- 196 * sqrt((p + d - (p - d)^2) / n) of shares; of counts, exact in the
            -- root
            196 * sqrt(
                {{ safe_divide("n * (p + d) - (p - d) * (p - d)", "n * n * n") }}
            ) as margin_95,
            cast(invalid as bigint) as invalid_answers,
            cast(sent as bigint) as surveys_sent,
            cast(answered as bigint) as surveys_answered,
            case
                when is_over then {{ safe_divide("answered", "sent") }}
            end as response_rate,
            {{ safe_divide("answered", "sent") }} as response_rate_partial,
            {% for survey, good in [("csat", "satisfied"), ("ces", "easy")] %}
                cast({{ survey }}_n as bigint) as {{ survey }}_responses,
                cast({{ survey }}_high as bigint) as {{ survey }}_{{ good }},
                case
                    when is_over then {{ safe_divide(survey ~ "_high", survey ~ "_n") }}
                end as {{ survey }}_rate,
                {{ safe_divide(survey ~ "_high", survey ~ "_n") }}
                as {{ survey }}_rate_partial,
                {{ safe_divide(survey ~ "_sum", survey ~ "_n") }}
                as {{ survey }}_average,
                cast({{ survey }}_invalid as bigint) as {{ survey }}_invalid_answers,
            {% endfor %}
            cast(is_over as boolean) as is_complete,
            n < {{ policy("min_cell_size") }} as is_low_n,
            csat_n < {{ policy("min_cell_size") }} as is_low_n_csat,
            ces_n < {{ policy("min_cell_size") }} as is_low_n_ces
        from rated
    )

select *
from final
