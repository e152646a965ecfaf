using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Pure.Tuner.Ascend;

namespace Pure.Tuner;

/// <summary>WeightQuantBatchMatmulV2: 4-bit groups as INT4 with scales and offsets in x's dtype, made once for a weight; 8-bit rows as they are.</summary>
public sealed unsafe partial class AscendBackend
{
    /// <summary>The operator takes no longer side; a larger vocabulary goes by look-up.</summary>
    private const int LongestSide = 65535;

    private readonly ConditionalWeakTable<QuantizedTensor, PreparedGroups> _prepared = [];

    /// <summary>Blocks of prepared weights that the collector found.</summary>
    private readonly ConcurrentQueue<Tensor> _unprepared = new();

    /// <summary>x Wᵀ in x's dtype where the card's product takes this weight, else null.</summary>
    private Tensor? ProductOfGroups(QuantizedTensor w, Tensor x)
    {
        int n = w.Shape[0], k = w.Shape[1];
        if (w.Format is not AffineGroupFormat { Bits: 4, HasIndex: false, GroupSize: > 0 } f || x.DType == DType.F32 || !_can.Has(AscendKernel.WeightQuant, x.DType)) return null;
        // Groups of whole 32 columns below a row; both sides even, since two codes share a byte.
        if (f.GroupSize % 32 != 0 || f.GroupSize > k - 1 || k > LongestSide || n > LongestSide || k % 2 != 0 || n % 2 != 0) return null;
        if (!MayTry(AscendKernel.WeightQuant, SizesOf(w))) return null;
        PreparedGroups prepared = Prepared(w, f, x.DType);
        Tensor xs = x.Packed(), y = Tensor.Empty(this, [x.Shape[0], n], x.DType), codes = prepared.Codes, scales = prepared.Scales, offsets = prepared.Offsets;
        try
        {
            OpCall c = Begin(asks: true);
            // Stored [n, k]: handed over as the transpose that it is. Beside such a weight the library takes scales and offsets for [n, groups], whatever their strides say.
            c.aclnnWeightQuantBatchMatmulV2(c.In(xs), c.As(codes, AclTypes.Int4, [k, n], [1, k]), c.In(scales.Transposed()), c.In(offsets.Transposed()), c.Null, c.Null, c.Null, f.GroupSize, c.Out(y));
            return y;
        }
        catch (AclException e) when (IsRefusal(e)) { Refused(AscendKernel.WeightQuant, SizesOf(w), e); }
        return null;
    }

    /// <summary>x Wᵀ of 8-bit rows in x's dtype where the card's product takes it, else null.</summary>
    private Tensor? ProductOfBytes(QuantizedTensor w, Tensor x)
    {
        int n = w.Shape[0], k = w.Shape[1];
        if (w.Format is not Int8RowFormat || x.DType == DType.F32 || !_can.Has(AscendKernel.WeightQuant8, x.DType) || k > LongestSide || n > LongestSide) return null;
        if (!MayTry(AscendKernel.WeightQuant8, SizesOf(w))) return null;
        Tensor wide = Tensor.Empty(this, [n]), codes = w.Parts[Int8RowFormat.Codes];
        Binary(BinaryKind.Mul, w.Parts[Int8RowFormat.Scale], Int8RowFormat.Unit, wide);
        Tensor scales = Typed(wide, x.DType), xs = x.Packed(), y = Tensor.Empty(this, [x.Shape[0], n], x.DType);
        try
        {
            OpCall c = Begin(asks: true);
            c.aclnnWeightQuantBatchMatmulV2(c.In(xs), c.As(codes, AclTypes.Int8, [k, n], [1, k]), c.In(scales), c.Null, c.Null, c.Null, c.Null, 0, c.Out(y));
            return y;
        }
        catch (AclException e) when (IsRefusal(e)) { Refused(AscendKernel.WeightQuant8, SizesOf(w), e); }
        return null;
    }

    private static long SizesOf(QuantizedTensor w) => (long)w.Shape[0] << 32 | (uint)w.Shape[1];

    private PreparedGroups Prepared(QuantizedTensor w, AffineGroupFormat f, DType dtype)
    {
        while (_unprepared.TryDequeue(out Tensor? forgotten)) forgotten.Dispose();
        if (_prepared.TryGetValue(w, out PreparedGroups? known) && known.Scales.DType == dtype) return known;
        _prepared.Remove(w);
        int n = w.Shape[0], k = w.Shape[1], groups = f.Groups(k);
        var made = new PreparedGroups(_unprepared, DeviceConstants.Outside(this, [n, k / 2], DType.U8), DeviceConstants.Outside(this, [n, groups], dtype), DeviceConstants.Outside(this, [n, groups], dtype));
        using var scope = TensorScope.Begin();
        // Ours are 0 to 15, there -8 to 7: each half byte minus 8 is its highest bit turned over. Looked up, byte by byte.
        Tensor turned = _constants.Get(this, "int4.turned", [256, 1], DType.U8, table => Upload([.. Enumerable.Range(0, 256).Select(b => (byte)(b ^ 0x88))], table));
        Tensor ids = Tensor.Empty(this, [n * (k / 2)], DType.I32), flat = made.Codes.View([n * (k / 2), 1]);
        Copy(w.Parts[AffineGroupFormat.Codes].View(ids.Shape), ids);
        OpCall c = Begin();
        c.aclnnIndexSelect(c.In(turned), 0, c.In(ids), c.Out(flat));
        Copy(w.Parts[AffineGroupFormat.Scales], made.Scales);
        // (q - 8 + offset) · scale: the offset is added, so it is 8 minus our zero.
        Tensor zeros = Typed(w.Parts[AffineGroupFormat.Zeros], DType.F32), offsets = Tensor.EmptyLike(zeros);
        Binary(BinaryKind.Mul, zeros, -1, offsets);
        Binary(BinaryKind.Add, offsets, 8, offsets);
        Copy(offsets, made.Offsets);
        _prepared.Add(w, made);
        return made;
    }

    /// <summary>Frees what was prepared; the backend is closing.</summary>
    private void ForgetPrepared()
    {
        foreach ((_, PreparedGroups prepared) in _prepared) prepared.Dispose();
        _prepared.Clear();
        while (_unprepared.TryDequeue(out Tensor? forgotten)) forgotten.Dispose();
    }

    /// <summary>A weight in the card's order. When its weight is collected the blocks go back at the next chance: a finalizer has no device.</summary>
    private sealed class PreparedGroups(ConcurrentQueue<Tensor> unprepared, Tensor codes, Tensor scales, Tensor offsets) : IDisposable
    {
        public Tensor Codes => codes;
        public Tensor Scales => scales;
        public Tensor Offsets => offsets;

        ~PreparedGroups()
        {
            unprepared.Enqueue(codes);
            unprepared.Enqueue(scales);
            unprepared.Enqueue(offsets);
        }

        public void Dispose()
        {
            GC.SuppressFinalize(this);
            codes.Dispose();
            scales.Dispose();
            offsets.Dispose();
        }
    }
}
