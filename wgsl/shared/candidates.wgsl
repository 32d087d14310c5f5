// Chooses among the inactive entries of some lists by their scores:
//   mark          strikes the active entries out; MARKERS invocations: one list;
//   choose        the best of every segment, exactly; one workgroup: one segment;
//   choose_alone  the same for short segments, on software for longer ones too; one invocation: one segment.
// Before that the scores lie in scratch memory as keys: the bits of the score plus one, which sort as the
// scores do, and 0 for an active entry. Needs the snippets `grid`, `lists` and `products`, and how many
// `entries()` a list has, `segment_length()` of them in a segment.

/// Invocations that strike out the active entries of a list.
override MARKERS: u32 = 16u;

/// Key of an active entry.
const ACTIVE: u32 = 0u;

/// Segments of a list.
fn segments_of_list() -> u32 {
  return (entries() + segment_length() - 1u) / segment_length();
}

@compute @workgroup_size(64)
fn mark(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  let number = i / MARKERS;
  if (number >= params.blockLists) {
    return;
  }
  let list = span[params.firstList + number];
  for (var slot = list.x + i % MARKERS; slot < list.y; slot += MARKERS) {
    scratch[number * entries() + entry_of(slot)] = ACTIVE;
  }
}

// ---- choose: the key of the last chosen entry is found digit by digit from the top, eight bits at a
// time. Every invocation then takes its own stretch of entries, so that the order stays.

var<workgroup> histogram: array<atomic<u32>, 256>;
var<workgroup> counts: array<u32, 64>;
/// The digits found so far.
var<workgroup> found: u32;
/// How many entries to take among those that share these digits.
var<workgroup> wanted: u32;

/// Sum of the counts of the invocations before `lane`.
fn counts_before(lane: u32) -> u32 {
  var sum = 0u;
  for (var i = 0u; i < lane; i++) {
    sum += counts[i];
  }
  return sum;
}

@compute @workgroup_size(64)
fn choose(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let segments = segments_of_list();
  let segment = group.y * groups.x + group.x;
  if (segment >= params.blockLists * segments) {
    return;
  }
  let firstEntry = segment % segments * segment_length();
  let length = min(segment_length(), entries() - firstEntry);
  let firstKey = segment / segments * entries() + firstEntry;
  let firstOut = (params.firstList * segments + segment) * params.count;
  if (lane == 0u) {
    found = 0u;
    wanted = min(params.count, length);
  }
  for (var digit = 0u; digit < 4u; digit++) {
    let shift = 24u - 8u * digit;
    //! repeat b 0 4
    atomicStore(&histogram[lane + ${64*b}u], 0u);
    //! end
    workgroupBarrier();
    // The bits above this digit; none at first.
    let above = 0xffffff00u << shift;
    let prefix = found;
    for (var i = lane; i < length; i += 512u) {
      //! repeat b 0 8
      if (i + ${64*b}u < length) {
        let key = scratch[firstKey + i + ${64*b}u];
        if ((key & above) == prefix) {
          atomicAdd(&histogram[(key >> shift) & 0xffu], 1u);
        }
      }
      //! end
    }
    workgroupBarrier();
    counts[lane] = atomicLoad(&histogram[4u * lane]) + atomicLoad(&histogram[4u * lane + 1u]) +
      atomicLoad(&histogram[4u * lane + 2u]) + atomicLoad(&histogram[4u * lane + 3u]);
    workgroupBarrier();
    if (lane == 0u) {
      // The bins together hold `wanted` keys or more, so that both searches end in time.
      var rest = wanted;
      var four = 63u;
      while (four > 0u && counts[four] < rest) {
        rest -= counts[four];
        four--;
      }
      var bin = 4u * four + 3u;
      while (bin > 4u * four && atomicLoad(&histogram[bin]) < rest) {
        rest -= atomicLoad(&histogram[bin]);
        bin--;
      }
      wanted = rest;
      found = prefix | (bin << shift);
    }
    workgroupBarrier();
  }
  let last = found;
  let ties = select(wanted, 0u, last == ACTIVE);

  let stretch = (length + 63u) / 64u;
  let begin = lane * stretch;
  let end = min(begin + stretch, length);
  var larger = 0u;
  var equal = 0u;
  for (var i = begin; i < end; i += 8u) {
    //! repeat b 0 8
    if (i + ${b}u < end) {
      let key = scratch[firstKey + i + ${b}u];
      larger += u32(key > last);
      equal += u32(key == last);
    }
    //! end
  }
  counts[lane] = equal;
  workgroupBarrier();
  var free = ties - min(ties, counts_before(lane));
  workgroupBarrier();
  counts[lane] = larger + min(free, equal);
  workgroupBarrier();
  var out = firstOut + counts_before(lane);
  for (var i = begin; i < end; i += 8u) {
    //! repeat b 0 8
    if (i + ${b}u < end) {
      let key = scratch[firstKey + i + ${b}u];
      let tie = key == last && free > 0u;
      if (key > last || tie) {
        input[out] = firstEntry + i + ${b}u;
        score[out] = bitcast<f32>(key - 1u);
        out++;
        free -= u32(tie);
      }
    }
    //! end
  }
  for (var i = counts_before(64u) + lane; i < params.count; i += 64u) {
    input[firstOut + i] = NONE;
    score[firstOut + i] = 0.0;
  }
}

// ---- choose_alone: the same key, four bits at a time, by comparing every key with the 16 numbers that
// the next digit leaves.

@compute @workgroup_size(64)
fn choose_alone(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let segments = segments_of_list();
  let segment = invocation(group, groups, lane);
  if (segment >= params.blockLists * segments) {
    return;
  }
  let firstEntry = segment % segments * segment_length();
  let length = min(segment_length(), entries() - firstEntry);
  let firstKey = segment / segments * entries() + firstEntry;
  let endKey = firstKey + length;
  let wanted = min(params.count, length);
  var last = 0u;
  for (var digit = 0u; digit < 8u; digit++) {
    let shift = 28u - 4u * digit;
    //! repeat j 0 4
    let least${j} = vec4u(last) + ((vec4u(0u, 1u, 2u, 3u) + vec4u(${4*j}u)) << vec4u(shift));
    var reaching${j} = vec4u();
    //! end
    for (var i = firstKey; i < endKey; i++) {
      let key = vec4u(scratch[i]);
      //! repeat j 0 4
      reaching${j} += vec4u(key >= least${j});
      //! end
    }
    // The fewer keys reach a number the larger it is, and all that count reach the first.
    var enough = vec4u();
    //! repeat j 0 4
    enough += vec4u(reaching${j} >= vec4u(wanted));
    //! end
    last += (enough.x + enough.y + enough.z + enough.w - 1u) << shift;
  }
  var larger = 0u;
  for (var i = firstKey; i < endKey; i++) {
    larger += u32(scratch[i] > last);
  }
  var ties = select(wanted - larger, 0u, last == ACTIVE);
  var out = (params.firstList * segments + segment) * params.count;
  let endOut = out + params.count;
  for (var i = firstKey; i < endKey; i++) {
    let key = scratch[i];
    let tie = key == last && ties > 0u;
    if (key > last || tie) {
      input[out] = firstEntry + i - firstKey;
      score[out] = bitcast<f32>(key - 1u);
      out++;
      ties -= u32(tie);
    }
  }
  for (; out < endOut; out++) {
    input[out] = NONE;
    score[out] = 0.0;
  }
}
