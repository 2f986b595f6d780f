//! The positions of a diagram's boxes: in layers, by the method of Sugiyama, Tagawa and Toda (1981) with the
//! coordinates of Brandes and Köpf (2001), as implemented by the crate `rust-sugiyama`. It was chosen because it
//! accepts boxes of different sizes, needs no program or font on the machine, and gives the same result for the same
//! input.

use pyo3::prelude::*;
use rust_sugiyama::configure::Config;
use rust_sugiyama::from_vertices_and_edges;

use crate::door;

type Point = (f64, f64);

/// Connected boxes, each with its middle, and their total width and height.
type Part = (Vec<(usize, Point)>, f64, f64);

/// The middle of each box, and the total size.
#[pyfunction]
#[pyo3(signature = (sizes, edges, spacing))]
pub fn layout(
    py: Python<'_>,
    sizes: Vec<Point>,
    edges: Vec<(u32, u32)>,
    spacing: f64,
) -> PyResult<(Vec<Point>, Point)> {
    if let Some((a, b)) = edges.iter().find(|(a, b)| *a.max(b) as usize >= sizes.len()) {
        return Err(pyo3::exceptions::PyIndexError::new_err(format!("no box {}", a.max(b))));
    }
    let work = sizes.len() + edges.len();
    door::without_gil(py, work, || placed(&sizes, &edges, spacing))
}

fn placed(sizes: &[Point], edges: &[(u32, u32)], spacing: f64) -> (Vec<Point>, Point) {
    let boxes: Vec<(u32, Point)> = (0..).zip(sizes.iter().copied()).collect();
    // Its search for fewer crossings by swapping neighbours takes minutes for a thousand boxes.
    let transpose = sizes.len() <= 200;
    let config = Config { vertex_spacing: spacing, transpose, ..Config::default() };
    let mut parts = from_vertices_and_edges(&boxes, edges, &config);
    for (part, _, _) in &mut parts {
        part.sort_unstable_by_key(|(vertex, _)| *vertex);
    }
    parts.sort_unstable_by_key(|(part, _, _)| part.first().map(|(vertex, _)| *vertex));
    in_rows(sizes, &parts, spacing)
}

/// Unconnected parts next to each other, in rows about as wide as the whole is high, or as the widest part.
fn in_rows(sizes: &[Point], parts: &[Part], spacing: f64) -> (Vec<Point>, Point) {
    let frames: Vec<(Point, Point)> = parts.iter().map(|(part, _, _)| frame(sizes, part)).collect();
    let extents = frames.iter().map(|(low, high)| (high.0 - low.0 + spacing, high.1 - low.1 + spacing));
    let area: f64 = extents.clone().map(|(width, height)| width * height).sum();
    let widest = extents.map(|(width, _)| width).fold((area * 1.6).sqrt(), f64::max);
    let mut middles = vec![(0.0, 0.0); sizes.len()];
    let (mut x, mut y, mut row, mut right) = (0.0, 0.0, 0.0_f64, 0.0_f64);
    for ((part, _, _), (low, high)) in parts.iter().zip(frames) {
        let (width, height) = (high.0 - low.0, high.1 - low.1);
        if x > 0.0 && x + width > widest {
            (x, y, row) = (0.0, y + row + spacing, 0.0);
        }
        for (vertex, (at, down)) in part {
            middles[*vertex] = (at - low.0 + x, down - low.1 + y);
        }
        right = right.max(x + width);
        x += width + spacing;
        row = row.max(height);
    }
    (middles, (right, y + row))
}

/// The corners of the area that boxes around these points cover.
fn frame(sizes: &[Point], part: &[(usize, Point)]) -> (Point, Point) {
    let (mut low, mut high) = ((f64::MAX, f64::MAX), (f64::MIN, f64::MIN));
    for (vertex, (x, y)) in part {
        let (width, height) = sizes[*vertex];
        low = (low.0.min(x - width / 2.0), low.1.min(y - height / 2.0));
        high = (high.0.max(x + width / 2.0), high.1.max(y + height / 2.0));
    }
    (low, high)
}
