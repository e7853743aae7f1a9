{# The fit of the shifted-beta-geometric model: of those left after i months, alpha / (alpha + beta + i) leave. #}
{# A query, one step of Newton's method for int_subscriber_survival_fits: the rows of the step before with change_a and #}
{# change_b, the changes of ln(alpha) and ln(beta). a and b are the slopes of the log-likelihood, aa, ab and bb its second #}
{# derivatives; shift makes them those of a hill where they are not. #}
{% macro survival_newton_step(steps, last_step) -%}
    select *, greatest(abs(change_a), abs(change_b)) as change
    from
        (
            select
                * exclude (change),
                ((shift - bb) * a + ab * b)
                / nullif((aa - shift) * (bb - shift) - ab * ab, 0) as change_a,
                ((shift - aa) * b + ab * a)
                / nullif((aa - shift) * (bb - shift) - ab * ab, 0) as change_b
            from
                (
                    select
                        *,
                        case
                            when
                                aa + bb + sqrt((aa - bb) * (aa - bb) + 4 * ab * ab)
                                > -0.000002 * (abs(aa) + abs(bb))
                            then
                                (aa + bb + sqrt((aa - bb) * (aa - bb) + 4 * ab * ab))
                                / 2
                                + 0.001 * (abs(aa) + abs(bb))
                            else 0
                        end as shift
                    from
                        (
                            select
                                *,
                                sum(d - alpha * hazard) over in_segment as a,
                                sum(beta * kept) over in_segment as b,
                                sum(
                                    alpha * hazard * (alpha / (alpha + beta + i) - 1)
                                ) over in_segment as aa,
                                sum(
                                    alpha * beta * hazard / (alpha + beta + i)
                                ) over in_segment as ab,
                                sum(
                                    beta * beta * hazard / (alpha + beta + i)
                                    - beta * beta * (n - d) / ((beta + i) * (beta + i))
                                    + beta * kept
                                ) over in_segment as bb
                            from
                                (
                                    select
                                        *,
                                        n / (alpha + beta + i) as hazard,
                                        (n - d) / (beta + i)
                                        - n / (alpha + beta + i) as kept
                                    from {{ steps }}
                                    where step < {{ last_step }}
                                ) as ratios
                            window in_segment as (partition by segment_type, segment)
                        ) as slopes
                ) as shifted
        ) as sized
{%- endmacro %}
