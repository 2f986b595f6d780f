//! The similarity of two names, as in Python's `difflib`: the share of their characters that are in common runs.

/// From 0 to 1, by Ratcliff and Obershelp: the longest common run, and so on to its left and right. The same number as
/// `difflib.SequenceMatcher` gives without its shortcut for long texts.
pub fn likeness(one: &[char], other: &[char]) -> f64 {
    let all = one.len() + other.len();
    if all == 0 { 1.0 } else { (2 * common(one, other)) as f64 / all as f64 }
}

/// The number of characters in common runs. Of runs of equal length the first counts.
fn common(one: &[char], other: &[char]) -> usize {
    let (mut end, mut other_end, mut longest) = (0, 0, 0);
    let mut runs = vec![0; other.len()]; // that end at this character of `other` and at the current one of `one`
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
