-- Whoever breaks an identity between the marts, and what the identity says.
select
    offenders.check_name,
    offenders.kind,
    offenders.offender,
    checks.model,
    checks.description,
from {{ ref("metric_reconciliation_offenders") }} as offenders
left join
    {{ ref("reconciliation_checks") }} as checks
    on offenders.check_name = checks.check_name
