-- Identities without a total on one of their sides.
select
    checks.check_name,
    count(*) filter (where terms.side = 'expected') as expected_terms,
    count(*) filter (where terms.side = 'actual') as actual_terms
from {{ ref("reconciliation_checks") }} as checks
left join
    {{ ref("reconciliation_terms") }} as terms on checks.check_name = terms.check_name
group by checks.check_name
having
    count(*) filter (where terms.side = 'expected') = 0
    or count(*) filter (where terms.side = 'actual') = 0
