-- Survey rows with a score and no responded_at: they cannot be placed in time and
-- count as
-- not answered.
{{ config(severity="warn") }}
select response_id, customer_id, survey_type, score, sent_at
from {{ ref("stg_survey_responses") }}
where score is not null and responded_at is null
