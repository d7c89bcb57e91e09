"""The query screens: the dock beside the chart, the preview of what will leave, answers, and the page of all queries."""
