//! Reading rows of a table, and the way back, by burn's own operations.

use burn::{
    backend::{
        Backend, TensorMetadata,
        tensor::{FloatTensor, IntTensor},
    },
    tensor::{IndexingUpdateOp, Shape},
};

/// The rows of a `table` `[characters, 4·units]` that `ids` `[time, batch]` name, `[time, batch, 4·units]`.
pub(crate) fn select_rows<B: Backend>(ids: IntTensor<B>, table: FloatTensor<B>) -> FloatTensor<B> {
    let [time, batch] = ids.shape().dims();
    let [_, gates] = table.shape().dims();
    let ids = B::int_reshape(ids, Shape::new([time * batch]));
    B::float_reshape(B::float_select(table, 0, ids), Shape::new([time, batch, gates]))
}

/// The gradient of a table of so many `characters` whose rows `ids` `[time, batch]` named, from those of the rows,
/// `[time, batch, 4·units]`.
pub(crate) fn add_rows<B: Backend>(
    ids: IntTensor<B>,
    characters: usize,
    rows: FloatTensor<B>,
) -> FloatTensor<B> {
    let [time, batch, gates] = rows.shape().dims();
    let zeros = B::float_zeros(Shape::new([characters, gates]), &rows.device(), rows.dtype().into());
    let ids = B::int_reshape(ids, Shape::new([time * batch]));
    let rows = B::float_reshape(rows, Shape::new([time * batch, gates]));
    B::float_select_assign(zeros, 0, ids, rows, IndexingUpdateOp::Add)
}
