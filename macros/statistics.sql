{# Statistics of comparisons. Plain arithmetic and exp(), so that every engine gives the same number. #}

{# DOUBLE: the number of standard errors of a 95% interval. 1.96, as in the textbooks and in nps.margin_95. #}
{% macro z_95() -%} 1.96 {%- endmacro %}

{# DOUBLE: two-sided tail of the normal distribution, P(|Z| >= z), for z >= 0; NULL for NULL. With z the square root #}
{# of a chi-square of one degree of freedom it is the p-value of that. J. F. Hart, Computer Approximations (1968), #}
{# algorithm 5666, with the continued fraction beyond 7.07, as printed by G. West, Better Approximations to #}
{# Cumulative Normal Functions, Wilmott Magazine, May 2005. Absolute error below 1e-15, relative error below 1e-8 #}
{# (the tests compare it with an independent erfc). The argument is used many times: give a column. #}
{% macro normal_two_sided_p(z) -%}
    case
        when {{ z }} < 7.07106781186547e0
        then
            2e0
            * exp(-{{ z }} * {{ z }} / 2e0)
            * (
                (((((3.52624965998911e-2 * {{ z }} + 7.00383064443688e-1) * {{ z }}
                + 6.37396220353165e0) * {{ z }} + 3.3912866078383e1) * {{ z }}
                + 1.12079291497871e2) * {{ z }} + 2.21213596169931e2) * {{ z }}
                + 2.20206867912376e2
            )
            / (
                ((((((8.83883476483184e-2 * {{ z }} + 1.75566716318264e0) * {{ z }}
                + 1.6064177579207e1) * {{ z }} + 8.67807322029461e1) * {{ z }}
                + 2.96564248779674e2) * {{ z }} + 6.37333633378831e2) * {{ z }}
                + 7.93826512519948e2) * {{ z }}
                + 4.40413735824752e2
            )
        else
            2e0
            * exp(-{{ z }} * {{ z }} / 2e0)
            / (
                2.506628274631e0
                * (
                    {{ z }}
                    + 1e0 / ({{ z }} + 2e0 / ({{ z }} + 3e0 / ({{ z }} + 4e0 / ({{ z }} + 6.5e-1))))
                )
            )
    end
{%- endmacro %}

{# DECIMAL(38, 9): sum of the squares about the mean, of `n` amounts whose squares and whose sum are given as exact #}
{# decimals; never below 0, where rounding would put it when all amounts are equal. A decimal, so that a further sum #}
{# is the same in any order of rows. #}
{% macro squares_about_mean(squares, total, n) -%}
    cast(
        greatest(
            cast({{ squares }} as double)
            - cast({{ total }} as double) * cast({{ total }} as double) / {{ n }},
            0
        ) as decimal(38, 9)
    )
{%- endmacro %}
