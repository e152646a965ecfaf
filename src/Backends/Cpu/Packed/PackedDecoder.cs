using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Pure.Tuner.Kernels;

/// <summary>A few rows of x, turned where the format wants it, and their sums of <see cref="PackedDecoder.SumLength"/> neighbours.</summary>
internal readonly unsafe record struct FewRows(nint Address, int Step, nint SumsAddress, int SumStep, int Rows)
{
    public float* X => (float*)Address;
    public float* Sums => (float*)SumsAddress;
}

/// <summary>How the cpu reads a packed format: the format's own definition, or vectors that give the same bits; and inner products straight from the codes.</summary>
internal abstract unsafe class PackedDecoder
{
    /// <summary>Rows that one call of <see cref="Dot"/> may be asked for.</summary>
    public const int MaxDotRows = 64;

    /// <summary>y = W[row, column ...], count columns; column and count as <see cref="PackedFormat.Expand"/> wants them.</summary>
    public abstract void Decode(QuantizedTensor w, int row, int column, int count, float* y);

    /// <summary>Whether <see cref="Dot"/> can be called for a matrix: decided by format and shape alone, since its sums have another order.</summary>
    public virtual bool CanDot(QuantizedTensor w) => false;

    /// <summary>Numbers of x that <see cref="Dot"/> wants summed together, for a format whose blocks have a minimum; else 0.</summary>
    public virtual int SumLength => 0;

    /// <summary>Whether <see cref="Dot"/> wants x in an order and scale of its own.</summary>
    public virtual bool TurnsX => false;

    /// <summary>x as <see cref="Dot"/> wants it.</summary>
    public virtual void TurnX(float* x, int count, float* y) => throw new NotSupportedException();

    /// <summary>dots[i] = Σ_p W[row + i, p] x[p]: a block's codes times x first, then its scale.</summary>
    /// <param name="w">The matrix.</param>
    /// <param name="row">First row.</param>
    /// <param name="rows">At most <see cref="MaxDotRows"/>.</param>
    /// <param name="x">As long as a row; turned where it should be.</param>
    /// <param name="sums">Sums of <see cref="SumLength"/> neighbours of x each, and zeros up to a multiple of eight.</param>
    /// <param name="dots">One for each row.</param>
    public virtual void Dot(QuantizedTensor w, int row, int rows, float* x, float* sums, float* dots) => throw new NotSupportedException();

    /// <summary>Rows of x that meet the codes themselves; more meet rows that were expanded.</summary>
    public virtual int MaxRows => 1;

    /// <summary><see cref="Dot"/> for a few rows of x; a row's sums are those it has alone.</summary>
    /// <param name="w">The matrix.</param>
    /// <param name="row">First row.</param>
    /// <param name="rows">At most <see cref="MaxDotRows"/>.</param>
    /// <param name="x">At most <see cref="MaxRows"/> rows.</param>
    /// <param name="dots">One for each row of W.</param>
    /// <param name="dotStep">From those of a row of x to the next row's.</param>
    public virtual void DotRows(QuantizedTensor w, int row, int rows, in FewRows x, float* dots, nint dotStep)
    {
        for (int i = 0; i < x.Rows; i++) Dot(w, row, rows, x.X + i * x.Step, x.Sums + i * x.SumStep, dots + i * dotStep);
    }

    /// <summary>Whether codes are integers under a scale for each <see cref="Rounded.Block"/> of them: what <see cref="Dot16"/> needs.</summary>
    public virtual bool HasCodes16 => false;

    /// <summary>dots[i] = Σ_p W[row + i, p] x[p] with x in 16 bits: exact sums within a block, then the scales.</summary>
    /// <param name="w">The matrix.</param>
    /// <param name="row">First row.</param>
    /// <param name="rows">At most <see cref="MaxDotRows"/>.</param>
    /// <param name="x">The row.</param>
    /// <param name="dots">One for each row.</param>
    public virtual void Dot16(QuantizedTensor w, int row, int rows, in Rounded x, float* dots) => throw new NotSupportedException();

    /// <summary>The fastest there is for a format.</summary>
    public static PackedDecoder For(PackedFormat format) => Vectors.IsAccelerated && s_byFormat.TryGetValue(format.GetType(), out PackedDecoder? decoder) ? decoder : s_definition;

    private static readonly PackedDecoder s_definition = new Definition();

    /// <summary>Address of elements of a part.</summary>
    protected static T* Pointer<T>(QuantizedTensor w, int part, long first, int count) where T : unmanaged => (T*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(w.Part<T>(part, first, count)));

    private static readonly Dictionary<Type, PackedDecoder> s_byFormat = new()
    {
        [typeof(BnbFourBitFormat)] = FourBitDecoder.IsSupported ? new FourBitDecoder() : s_definition,
        [typeof(AffineGroupFormat)] = AffineDecoder.IsSupported ? new AffineDecoder() : s_definition,
        [typeof(Int8RowFormat)] = new Int8RowDecoder(),
        [typeof(GgmlFormat<Q4_0>)] = new SmallBlockDecoder<Q4_0, Q4_0Vectors>(),
        [typeof(GgmlFormat<Q4_1>)] = new SmallBlockDecoder<Q4_1, Q4_1Vectors>(),
        [typeof(GgmlFormat<Q5_0>)] = new SmallBlockDecoder<Q5_0, Q5_0Vectors>(),
        [typeof(GgmlFormat<Q5_1>)] = new SmallBlockDecoder<Q5_1, Q5_1Vectors>(),
        [typeof(GgmlFormat<Q8_0>)] = new SmallBlockDecoder<Q8_0, Q8_0Vectors>(),
        [typeof(GgmlFormat<Q2_K>)] = new BlockDecoder<Q2_K, Q2_KVectors>(),
        [typeof(GgmlFormat<Q3_K>)] = new BlockDecoder<Q3_K, Q3_KVectors>(),
        [typeof(GgmlFormat<Q4_K>)] = new BlockDecoder<Q4_K, Q4_KVectors>(),
        [typeof(GgmlFormat<Q5_K>)] = new BlockDecoder<Q5_K, Q5_KVectors>(),
        [typeof(GgmlFormat<Q6_K>)] = new BlockDecoder<Q6_K, Q6_KVectors>(),
        [typeof(GgmlFormat<IQ4_NL>)] = new SmallBlockDecoder<IQ4_NL, IQ4_NLVectors>(),
        [typeof(GgmlFormat<IQ4_XS>)] = new BlockDecoder<IQ4_XS, IQ4_XSVectors>(),
        [typeof(GgmlFormat<MXFP4>)] = new BlockDecoder<MXFP4, MXFP4Vectors>(),
    };

    private sealed class Definition : PackedDecoder
    {
        public override void Decode(QuantizedTensor w, int row, int column, int count, float* y) => w.Format.Expand(w, row, column, new Span<float>(y, count));
    }
}
