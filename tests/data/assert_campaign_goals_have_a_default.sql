-- The type that campaigns without a row of their own are judged by is missing.
select 'other' as campaign_type
where
    not exists (select 1 from {{ ref("campaign_goals") }} where campaign_type = 'other')
