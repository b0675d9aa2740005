-- policies: one version under way and one promised at a time; what was published before versions
-- kept their steps gets the steps it must have taken.
CREATE UNIQUE INDEX policy_versions_open ON policy_versions (policy_id) WHERE state IN ('draft', 'submitted', 'approved');
CREATE UNIQUE INDEX policy_versions_promised ON policy_versions (policy_id) WHERE state IN ('published', 'ended');
UPDATE policy_versions SET published_by = drafted_by, published_by_name = drafted_by_name WHERE published_at IS NOT NULL AND published_by IS NULL;
INSERT INTO policy_steps (version_id, position, action, at, actor, actor_name, note)
  SELECT v.id, 1, 'published', v.published_at, v.drafted_by, v.drafted_by_name, '' FROM policy_versions v
  WHERE v.published_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM policy_steps s WHERE s.version_id = v.id);
INSERT INTO policy_steps (version_id, position, action, at, actor, actor_name, note)
  SELECT v.id, 2, 'superseded', n.published_at, n.drafted_by, n.drafted_by_name, '' FROM policy_versions v
  JOIN policy_versions n ON n.policy_id = v.policy_id AND n.number = v.number + 1
  WHERE v.state = 'superseded' AND NOT EXISTS (SELECT 1 FROM policy_steps s WHERE s.version_id = v.id AND s.position = 2);
