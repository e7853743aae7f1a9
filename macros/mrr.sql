{# Subscriptions and MRR: the meaning of an interval under the policy switches. Expressions over the columns of #}
{# int_subscription_intervals (mrr_*) or of the running states of a customer (mrr_movement_*). #}
{# The columns of raw subscriptions, without _loaded_at. #}
{% macro subscription_columns() -%}
    subscription_id,
    subscription_item_id,
    customer_id,
    plan_id,
    status,
    currency,
    unit_amount,
    quantity,
    interval_unit,
    interval_count,
    discount_percent,
    discount_amount,
    discount_duration,
    is_metered,
    valid_from,
    valid_to,
    cancel_requested_at,
    ended_at,
    end_type,
    cancel_reason
{%- endmacro %}

{# The last value of a column of events that is not NULL, up to this event of the item (and of its life). #}
{% macro carried_forward(column, partition="subscription_item_id") -%}
    last_value({{ column }} ignore nulls) over (
        partition by {{ partition }}
        order by occurred_at, event_id
        rows between unbounded preceding and current row
    )
{%- endmacro %}

{# A query: subscription_events (one row per event) as intervals in the form of subscriptions. Each event opens a #}
{# state that lasts to the item's next event; NULL columns are carried forward; events at one instant follow their #}
{# event_id and only the last one leaves a row; an end closes and opens nothing. A cancel request holds until the #}
{# item starts again. #}
{% macro fold_events_to_intervals(events) -%}
    select
        coalesce(subscription_id, subscription_item_id) as subscription_id,
        subscription_item_id,
        customer_id,
        plan_id,
        status,
        currency,
        unit_amount,
        coalesce(quantity, 1) as quantity,
        coalesce(interval_unit, 'month') as interval_unit,
        coalesce(interval_count, 1) as interval_count,
        discount_percent,
        discount_amount,
        discount_duration,
        coalesce(is_metered, false) as is_metered,
        occurred_at as valid_from,
        next_at as valid_to,
        cancel_requested_at,
        case when next_type = 'end' then next_at end as ended_at,
        case when next_type = 'end' then next_end_type end as end_type,
        case when next_type = 'end' then next_cancel_reason end as cancel_reason,
        _loaded_at
    from
        (
            select
                *,
                {{ carried_forward("cancel_asked_at", "subscription_item_id, life") }}
                as cancel_requested_at
            from
                (
                    select
                        {{ carried_forward("subscription_id") }} as subscription_id,
                        subscription_item_id,
                        event_id,
                        occurred_at,
                        event_type,
                        {{ carried_forward("customer_id") }} as customer_id,
                        {{ carried_forward("plan_id") }} as plan_id,
                        {{ carried_forward(
                    "case event_type when 'start' then 'active' when 'resume' then 'active'"
                    ~ " when 'recover' then 'active' when 'trial_start' then 'trialing' when 'pause' then 'paused'"
                    ~ " when 'past_due' then 'past_due' when 'end' then 'ended' end"
                ) }}
                        as status,
                        {{ carried_forward("currency") }} as currency,
                        {{ carried_forward("unit_amount") }} as unit_amount,
                        {{ carried_forward("quantity") }} as quantity,
                        {{ carried_forward("interval_unit") }} as interval_unit,
                        {{ carried_forward("interval_count") }} as interval_count,
                        {{ carried_forward("discount_percent") }} as discount_percent,
                        {{ carried_forward("discount_amount") }} as discount_amount,
                        {{ carried_forward("discount_duration") }} as discount_duration,
                        {{ carried_forward("is_metered") }} as is_metered,
                        cancel_requested_at as cancel_asked_at,
                        sum(
                            case
                                when event_type in ('start', 'trial_start')
                                then 1
                                else 0
                            end
                        ) over (
                            partition by subscription_item_id
                            order by occurred_at, event_id
                            rows between unbounded preceding and current row
                        ) as life,
                        lead(occurred_at) over (
                            partition by subscription_item_id
                            order by occurred_at, event_id
                        ) as next_at,
                        lead(event_type) over (
                            partition by subscription_item_id
                            order by occurred_at, event_id
                        ) as next_type,
                        lead(end_type) over (
                            partition by subscription_item_id
                            order by occurred_at, event_id
                        ) as next_end_type,
                        lead(cancel_reason) over (
                            partition by subscription_item_id
                            order by occurred_at, event_id
                        ) as next_cancel_reason,
                        _loaded_at
                    from {{ events }}
                ) as states
        ) as lives
    where event_type <> 'end' and (next_at is null or next_at > occurred_at)
{%- endmacro %}

{# DECIMAL(38,10): what the interval is worth per month, whatever its status. #}
{# (unit_amount * quantity * (1 - percent) - amount off), not below 0, / interval_count * months' factor: day 365/12, #}
{# week 52/12, month 1, year 1/12. One division at the end, so that 1200 a year is 100 exactly. #}
{% macro mrr_amount(policies="build") -%}
    {%- set policy_value = policy("mrr_discount_policy", policies) -%}
    {%- set counts = {
        "all": "coalesce(discount_duration, 'forever') <> 'once'",
        "forever_only": "coalesce(discount_duration, 'forever') = 'forever'",
        "none": "false",
    }[policy_value] -%}
    cast(
        greatest(
            cast(unit_amount as double)
            * cast(quantity as double)
            * (
                100 - case
                    when {{ counts }}
                    then coalesce(cast(discount_percent as double), 0)
                    else 0
                end
            )
            - 100
            * case
                when {{ counts }}
                then coalesce(cast(discount_amount as double), 0)
                else 0
            end,
            0
        ) * case
            interval_unit
            when 'day'
            then 365
            when 'week'
            then 52
            when 'year'
            then 1
            else 12
        end
        / nullif(1200.0 * cast(interval_count as double), 0) as decimal(38, 10)
    )
{%- endmacro %}

{# BOOLEAN: the price of the interval is nothing, whatever the discounts; items billed by use are not free. #}
{% macro mrr_is_free() -%}
    (
        status = 'free'
        or (unit_amount * quantity = 0 and not coalesce(is_metered, false))
    )
{%- endmacro %}

{# BOOLEAN: the interval carries its amount as MRR. #}
{% macro mrr_counts(policies="build") -%}
    (
        status in (
            'active'
            {%- if policy("past_due_policy", policies) != "drop" %}
                , 'past_due'
            {% endif %}
            {%- if policy("pause_policy", policies) == "keep" %}, 'paused'{% endif -%}
        )
        {%- if policy("include_metered", policies) == "false" %}
            and not coalesce(is_metered, false)
        {%- endif %}
    )
{%- endmacro %}

{# BOOLEAN: the interval makes its customer a subscriber (once anything was ever paid). #}
{% macro mrr_is_subscribed(policies="build") -%}
    (
        status in (
            'active'
            {%- if policy("past_due_policy", policies) != "drop" %}
                , 'past_due'
            {% endif %}
            {%- if policy("pause_policy", policies) != "churn" %}, 'paused'{% endif %}
            {%- if policy("free_plan_policy", policies) != "churn" %}
                , 'free'
            {% endif -%}
        )
        {%- if policy("free_plan_policy", policies) == "churn" %}
            and not {{ mrr_is_free() }}
        {%- endif %}
    )
{%- endmacro %}

{# TIMESTAMP (UTC): end of the billing period that ended_at lies in; periods are counted from anchor_date. #}
{% macro billing_period_end(anchor, ended) -%}
    {%- set a = "cast(" ~ anchor ~ " as date)" -%}
    {%- set b = "cast(" ~ ended ~ " as date)" -%}
    {%- set months = "interval_count * case interval_unit when 'year' then 12 else 1 end" -%}
    {%- set days = "interval_count * case interval_unit when 'week' then 7 else 1 end" -%}
    {%- set whole_months = "cast(floor(" ~ months_between(a, b) ~ " / nullif(1.0 * " ~ months ~ ", 0)) as integer)" -%}
    {%- set whole_days = "cast(ceil(" ~ days_between(a, b) ~ " / nullif(1.0 * " ~ days ~ ", 0)) as integer)" -%}
    case
        when interval_unit in ('day', 'week')
        then cast({{ add_days(a, whole_days ~ " * " ~ days) }} as timestamp)
        when {{ add_periods("month", a, whole_months ~ " * " ~ months) }} >= {{ b }}
        then
            cast(
                {{ add_periods("month", a, whole_months ~ " * " ~ months) }}
                as timestamp
            )
        else
            cast(
                {{ add_periods("month", a, "(" ~ whole_months ~ " + 1) * " ~ months) }}
                as timestamp
            )
    end
{%- endmacro %}

{# VARCHAR: what became of a customer from one state to the next. Wants columns is_sub, prior_is_sub, #}
{# ever_sub_before, mrr, prior_mrr and away_days (days since the churn before). Reactivation is tested before #}
{# expansion, churn before contraction. #}
{% macro mrr_movement_type(policies="build") -%}
    {%- set window = policy("reactivation_window_days", policies) -%}
    case
        when is_sub and not prior_is_sub and not ever_sub_before
        then 'new'
        {%- if window != "ever" %}
            when is_sub and not prior_is_sub and away_days > {{ window }} then 'new'
        {%- endif %}
        when is_sub and not prior_is_sub
        then 'reactivation'
        when prior_is_sub and not is_sub
        then 'churn'
        when mrr > prior_mrr
        then 'expansion'
        when mrr < prior_mrr
        then 'contraction'
    end
{%- endmacro %}

{# VARCHAR: why, from the last change in the direction of the movement (rise_reason, fall_reason, loss_reason). #}
{# New customers have no reason; a return has one only when it ends a pause or a failed payment. #}
{% macro mrr_movement_reason() -%}
    case
        movement_type
        when 'churn'
        then loss_reason
        when 'expansion'
        then rise_reason
        when 'contraction'
        then fall_reason
        when 'reactivation'
        then case when rise_reason = 'resume' then 'resume' end
    end
{%- endmacro %}

{# VARCHAR: why the MRR of an item changed from one state to the next that follows it at once. A change of the status is #}
{# the reason when MRR begins or ends with it; an unpaid state that keeps its MRR may change in price like any other. #}
{% macro mrr_state_change_reason() -%}
    case
        when status = 'paused' and prior_status <> 'paused' and mrr = 0
        then 'pause'
        when status = 'past_due' and prior_status <> 'past_due' and mrr = 0
        then 'payment_failure'
        when
            prior_status in ('paused', 'past_due')
            and status = 'active'
            and prior_mrr = 0
        then 'resume'
        when {{ mrr_is_free() }} and prior_mrr > 0
        then 'free'
        when status <> prior_status and (mrr = 0 or prior_mrr = 0)
        then
            case
                when mrr < prior_mrr or (prior_is_sub and not is_sub)
                then 'drop_item'
                else 'add_item'
            end
        when refunded_share <> prior_refunded_share
        then 'refund'
        when plan_id is distinct from prior_plan_id
        then case when mrr < prior_mrr then 'downgrade' else 'upgrade' end
        when quantity <> prior_quantity
        then 'quantity'
        when {{ mrr_discount_terms() }} <> prior_discount
        then 'discount'
        else 'price'
    end
{%- endmacro %}

{# VARCHAR: voluntary or involuntary. Without a word of the source, an unpaid item ended for want of payment. #}
{% macro mrr_end_type(end_type, status) -%}
    case
        when
            {{ end_type }} = 'involuntary'
            or ({{ end_type }} is null and {{ status }} = 'past_due')
        then 'involuntary'
        else 'voluntary'
    end
{%- endmacro %}

{# VARCHAR: the discount of an interval as one text, to see whether it changed. #}
{% macro mrr_discount_terms() -%}
    (
        cast(coalesce(discount_percent, 0) as varchar)
        || ' '
        || cast(coalesce(discount_amount, 0) as varchar)
        || ' '
        || coalesce(discount_duration, 'forever')
    )
{%- endmacro %}

{# DATE after every month: the end of what has no end, so that range joins stay ranges. #}
{% macro far_date() -%} cast('9999-12-01' as date) {%- endmacro %}

{# BOOLEAN: the state goes on from the one before it, without a break and without an end. Wants a window named item. #}
{% macro mrr_is_continued() -%}
    coalesce(
        lag(valid_to) over item = valid_from and lag(status) over item <> 'ended', false
    )
{%- endmacro %}

{# BOOLEAN: the state is billed by the same interval as the one before it. Wants a window named item. #}
{% macro mrr_is_billed_alike() -%}
    coalesce(
        lag(interval_unit) over item = interval_unit
        and lag(interval_count) over item = interval_count,
        false
    )
{%- endmacro %}

{# TIMESTAMP (UTC): when the item goes on after this state; a row of status ended is no going on. #}
{% macro next_valid_from() -%}
    min(case when status <> 'ended' then valid_from end) over (
        partition by subscription_item_id
        order by valid_from
        rows between 1 following and unbounded following
    )
{%- endmacro %}

{# A column of how an item ended: of the state itself, else of the row of status ended that follows it. Wants a #}
{# window named item. #}
{% macro told_by_ended_row(column) -%}
    coalesce(
        {{ column }},
        case when lead(status) over item = 'ended' then lead({{ column }}) over item end
    )
{%- endmacro %}

{# TIMESTAMP (UTC): when the billing periods that a state belongs to began: the item started (again), its trial was #}
{# over, or it went over to another interval. Wants columns is_continued, is_billed_alike and prior_status. #}
{% macro mrr_billed_from() -%}
    max(
        case
            when
                status <> 'trialing'
                and not (
                    is_continued and is_billed_alike and prior_status <> 'trialing'
                )
            then valid_from
        end
    ) over (
        partition by subscription_item_id
        order by valid_from
        rows between unbounded preceding and current row
    )
{%- endmacro %}

{# TIMESTAMP (UTC): end of a state under churn_recognition. Wants columns told_end_type, next_valid_from, billed_from #}
{# and is_swapped (another item of the customer begins when this one ends). #}
{% macro mrr_recognised_to(policies="build") -%}
    {%- set recognition = policy("churn_recognition", policies) -%}
    {%- if recognition == "cancel_requested_at" -%}
        case
            when
                cancel_requested_at is not null
                and (valid_to is null or cancel_requested_at < valid_to)
            then greatest(cancel_requested_at, valid_from)
            else valid_to
        end
    {%- elif recognition == "period_end" -%}
        case
            when
                status in ('active', 'paused')
                and coalesce(told_end_type, 'voluntary') = 'voluntary'
                and valid_to < coalesce(next_valid_from, {{ as_of_utc() }})
                and not is_swapped
            then
                least(
                    next_valid_from,
                    greatest(
                        valid_to, {{ billing_period_end("billed_from", "valid_to") }}
                    )
                )
            else valid_to
        end
    {%- else -%} valid_to
    {%- endif -%}
{%- endmacro %}

{# TIMESTAMP (UTC): when an unpaid state stops counting under past_due_policy keep_n_days, else NULL. Wants column #}
{# past_due_since, the start of the unpaid time. #}
{% macro mrr_given_up_at(policies="build") -%}
    {%- if policy("past_due_policy", policies) == "keep_n_days" -%}
        case
            when status = 'past_due'
            then
                greatest(
                    valid_from,
                    past_due_since
                    + interval {{ policy("past_due_keep_days", policies) }} day
                )
        end
    {%- else -%} cast(null as timestamp)
    {%- endif -%}
{%- endmacro %}

{# TIMESTAMP (UTC): start of the unpaid time that a past_due state belongs to. Wants columns prior_status and #}
{# is_continued. #}
{% macro mrr_past_due_since() -%}
    max(
        case
            when
                status = 'past_due'
                and not (is_continued and coalesce(prior_status, '') = 'past_due')
            then valid_from
        end
    ) over (
        partition by subscription_item_id
        order by valid_from
        rows between unbounded preceding and current row
    )
{%- endmacro %}

{# INTEGER: how good the status of an item is for its customer, 1 = best. #}
{% macro subscriber_rank() -%}
    case
        status
        when 'active'
        then 1
        when 'past_due'
        then 2
        when 'paused'
        then 3
        when 'free'
        then 4
        when 'trialing'
        then 5
    end
{%- endmacro %}

{# VARCHAR: the status of a customer from the rank of the best item that runs; a free plan counts for those who paid. #}
{% macro subscriber_status(rank, is_sub, mrr_started_at) -%}
    case
        when {{ rank }} = 1 or ({{ rank }} = 4 and {{ is_sub }})
        then 'active'
        when {{ rank }} = 2
        then 'past_due'
        when {{ rank }} = 3
        then 'paused'
        when {{ rank }} = 5
        then 'trialing'
        when {{ mrr_started_at }} is not null
        then 'churned'
        else 'never'
    end
{%- endmacro %}

{# The buckets of the MRR waterfall, for a select list over movements (movement_type, movement_amount, end_type). #}
{# What is lost is positive; NULL where nothing moved. #}
{% macro mrr_bucket_sums() -%}
    sum(case when movement_type = 'new' then movement_amount end) as new_mrr,
    sum(
        case when movement_type = 'reactivation' then movement_amount end
    ) as reactivation_mrr,
    sum(
        case when movement_type = 'expansion' then movement_amount end
    ) as expansion_mrr,
    - sum(
        case when movement_type = 'contraction' then movement_amount end
    ) as contraction_mrr,
    - sum(case when movement_type = 'churn' then movement_amount end) as churned_mrr,
    - sum(
        case
            when movement_type = 'churn' and end_type = 'involuntary'
            then movement_amount
        end
    ) as involuntary_churned_mrr
{%- endmacro %}

{# MRR gained, the numerator of the quick ratio. #}
{% macro quick_ratio_gain(policies="build") -%}
    {%- if policy("quick_ratio_policy", policies) == "with_reactivation" -%}
        new_mrr + reactivation_mrr + expansion_mrr
    {%- else -%} new_mrr + expansion_mrr
    {%- endif -%}
{%- endmacro %}

{# DECIMAL: the customers that churned customers are divided by. #}
{% macro churn_base(policies="build") -%}
    {%- set denominator = policy("churn_denominator", policies) -%}
    {%- if denominator == "opening_plus_new" -%} opening_customers + new_customers
    {%- elif denominator == "average" -%}(opening_customers + closing_customers) / 2.0
    {%- else -%} opening_customers
    {%- endif -%}
{%- endmacro %}
