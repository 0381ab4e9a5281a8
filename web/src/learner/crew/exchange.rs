//! Adding up what the workers of a crew have computed.

use super::link::Link;

/// Lines to all workers of a crew, in their order; there is none to oneself.
pub(super) type Links = Vec<Option<Link>>;

/// Gives all others this worker's part of a step and takes theirs. Returns the sum, in the workers' order, so that it is
/// the same to the bit in all of them, and in every run with as many.
///
/// # Errors
/// Why a part is missing, as a sentence.
pub(super) async fn exchange(links: &mut Links, part: Vec<f32>) -> Result<Vec<f32>, String> {
    for link in links.iter().flatten() {
        link.give(&part)?;
    }
    let mut own = Some(part);
    let mut sum: Option<Vec<f32>> = None;
    for link in links {
        let next = match link {
            Some(link) => link.take().await?.to_vec(),
            None => own.take().unwrap_or_default(),
        };
        sum = Some(match sum {
            None => next,
            Some(sum) => add(sum, &next),
        });
    }
    Ok(sum.unwrap_or_default())
}

fn add(mut sum: Vec<f32>, part: &[f32]) -> Vec<f32> {
    // What is not there is not added, and then missed by whoever counts.
    sum.truncate(part.len());
    for (sum, part) in sum.iter_mut().zip(part) {
        *sum += part;
    }
    sum
}
