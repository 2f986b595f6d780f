//! How like two names are, as Python's `difflib` has it: the part of their characters that stand in common runs.

/// From 0 to 1, by Ratcliff and Obershelp: the longest run that both have, and so on left and right of it. The same number as of
/// `difflib.SequenceMatcher` without its shortcut for long texts.
pub fn likeness(one: &[char], other: &[char]) -> f64 {
    let all = one.len() + other.len();
    if all == 0 { 1.0 } else { (2 * common(one, other)) as f64 / all as f64 }
}

/// How many characters stand in common runs. Of runs of one length the first counts.
fn common(one: &[char], other: &[char]) -> usize {
    let (mut end, mut other_end, mut longest) = (0, 0, 0);
    let mut runs = vec![0; other.len()]; // that end at this character of `other` and at the last one looked at of `one`
    for (at, character) in one.iter().enumerate() {
        let mut before = 0;
        for (other_at, run) in runs.iter_mut().enumerate() {
            let longer = if other[other_at] == *character { before + 1 } else { 0 };
            before = std::mem::replace(run, longer);
            if longer > longest {
                (end, other_end, longest) = (at + 1, other_at + 1, longer);
            }
        }
    }
    if longest == 0 {
        return 0;
    }
    let left = common(&one[..end - longest], &other[..other_end - longest]);
    left + longest + common(&one[end..], &other[other_end..])
}
