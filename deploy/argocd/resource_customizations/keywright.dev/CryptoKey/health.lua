-- Status follows kstatus. Ready is the only summary: True is as declared (suspended and revoked too), False is broken,
-- Unknown is work in progress. What a condition says of an earlier generation says nothing of this one.
local hs = { status = "Progressing", message = "Waiting for Keywright to look at it" }
if obj.status == nil or obj.status.conditions == nil then
  return hs
end
for _, condition in ipairs(obj.status.conditions) do
  if condition.type == "Ready" and condition.observedGeneration == obj.metadata.generation then
    hs.message = condition.reason .. ": " .. condition.message
    if condition.status == "True" then
      hs.status = "Healthy"
    elseif condition.status == "False" then
      hs.status = "Degraded"
    end
  end
end
return hs
