{% test daybook_key(model, columns) %}
select {{ daybook_names(columns) }}, count(*) as occurrences
from {{ model }}
group by {{ daybook_names(columns) }}
having count(*) > 1
{% endtest %}
