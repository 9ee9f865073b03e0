"""The words that errors of APIs use; nothing else of an error's message is kept."""

from __future__ import annotations

_GRAMMAR = """
a after again all already also an and another any are as at be because been before being between
both but by can can't cannot could couldn't did do does doesn't due during each either every few
for from had has have if in is isn't it its least less many may might more most much must neither
no none not of on one only or other our per same should so such than that the then there these
this those to too via was wasn't we were what when which while will with within without would you
your
"""
_STATES = """
above active allowed available bad below beyond blank blocked broken busy canceled cancelled
closed complete completed conflict corrupt corrupted current denied deprecated disabled down
duplicate early empty enabled enough exceeded exceeding exceeds exhausted existing expired
external failed fatal finished flagged forbidden full gone greater high higher illegal inactive
incompatible incomplete incorrect insufficient internal invalid large larger last late long longer
low lower malformed maximum minimum missing negative new next non-empty null offline open out over
overloaded pending permanent permanently please positive possible previous prohibited provided
ready refused rejected remaining required reset restricted retryable safe short shorter single
slow small smaller specified stopped strict successful supported temporarily temporary terminated
throttled unable unauthorized unavailable undefined under unexpected unhandled unknown
unprocessable unreachable unrecognized unsafe unsupported unusable upstream valid wrong zero
"""
_ACTIONS = """
abort aborted accept accepted access add agree allocate allocated apply ask attempt authenticate
authenticated authorize authorized call called cause caused change check choose complete connect
connected contact contain contains continue count crash crashed create created cut decode decoded
decrease delete deleted deserialize download encode encoded encounter encountered enter exceed
exist exists expect expected expire fail find finish fix found generate generated generating get
give given handle happened include included increase interrupted keep lack limit limited load
loaded loading lost make match meet moved need needs occur occurred parse parsed parsing pass
passed perform process processed processing prohibit put raise rate reach reached read receive
received reduce refer refuse reject remove repeat reply request requested require requires resolve
respond responded restart result retried retry return returned run running see select send sent
serve set shut specify start started stop submit submitted supply support time timed try trying
update upgrade upload use used using validate violate violated violates violation wait waiting
went write
"""
_THINGS = """
account action address admin api argument arguments array assistant attempts audio authentication
authorization balance base64 batch billing body boolean boundary buffer byte bytes cache capacity
character characters chat choice choices client cluster code completion completions concurrency
concurrent condition configuration connection content context context_length cost cpu credential
credentials credit credits cuda custom_id data database deadline default description detail
details dimension dimensions documentation duration embedding embeddings encoding end endpoint
engine entity entry error errors exception failure feature field fields file filter finish_reason
float format frequency_penalty function functions gateway generation gpu group guideline
guidelines header headers host http https id identifier image images index input inputs instance
integer issue items job json jsonl key language length level limits line lines list load logprobs
max_completion_tokens max_tokens maximum_length media memory message messages metadata method
min_p minute model model's models moderation name network node number object operation option
organization
output outputs overflow page parameter parameters part path payload payment penalty permission
permissions plan policies policy pool position presence_penalty process project prompt prompts
property protocol provider proxy quota range reason region repetition_penalty replica request
requests resource resources response response_format role route safety schema second security seed
sequence server service session shape size socket source speech state status step stop stream
string structure support syntax system team temperature template text thread tier timeout token
tokenizer tokens tool tool_call tool_calls tool_choice tools top_k top_p total traffic
transcription translation type types unicode unit url usage user utf-8 value values version video
violations warning window worker
"""

#: In lower case. Parameters have their names of the API; units of time stand as little here as
#: numbers: "1 second" and "20 seconds" are one cause.
WORDS = frozenset(f"{_GRAMMAR} {_STATES} {_ACTIONS} {_THINGS}".split()) - {"second"}
