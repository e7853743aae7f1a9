-- One row is one month in which a customer came back as a subscriber, in any currency:
-- how long the absence was that the month began with.
{{ config(materialized="view") }} {{ logo_absences_query(ref("int_mrr_events")) }}
