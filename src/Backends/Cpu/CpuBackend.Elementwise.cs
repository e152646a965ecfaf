using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pure.Tuner;

/// <summary>Functions element by element, computed in F32 whatever the float dtype.</summary>
public sealed partial class CpuBackend
{
    private const int SlotY = 0, SlotX = 1, SlotX2 = 2, SlotX3 = 3;

    /// <inheritdoc/>
    public override void Unary(UnaryKind kind, Tensor x, Tensor y)
    {
        PrimitiveChecks.Unary(kind, x, y);
        if (y.Shape.Count == 0) return;
        switch (kind)
        {
            case UnaryKind.Neg: Map<NegOp>(x, y); break;
            case UnaryKind.Abs: Map<AbsOp>(x, y); break;
            case UnaryKind.Sign: Map<SignOp>(x, y); break;
            case UnaryKind.Square: Map<SquareOp>(x, y); break;
            case UnaryKind.Sqrt: Map<SqrtOp>(x, y); break;
            case UnaryKind.Rsqrt: Map<RsqrtOp>(x, y); break;
            case UnaryKind.Reciprocal: Map<ReciprocalOp>(x, y); break;
            case UnaryKind.Exp: Map<ExpOp>(x, y, 10); break;
            case UnaryKind.Log: Map<LogOp>(x, y, 10); break;
            case UnaryKind.Tanh: Map<TanhOp>(x, y, 20); break;
            case UnaryKind.Sigmoid: Map<SigmoidOp>(x, y, 15); break;
            case UnaryKind.Erf: Map<ErfOp>(x, y, 25); break;
            case UnaryKind.Sin or UnaryKind.Cos: Run(x, y, new Trigonometry(kind == UnaryKind.Cos), 20); break;
            default: throw new ArgumentOutOfRangeException(nameof(kind), kind, "unknown function");
        }
    }

    /// <inheritdoc/>
    public override void Binary(BinaryKind kind, Tensor a, Tensor b, Tensor y)
    {
        PrimitiveChecks.Binary(kind, a, b, y);
        if (y.Shape.Count == 0) return;
        if (!a.DType.IsFloat)
        {
            _plain.Binary(kind, a, b, y);
            return;
        }
        switch (kind)
        {
            case BinaryKind.Add: Map<AddOp>(a, b, y); break;
            case BinaryKind.Sub: Map<SubOp>(a, b, y); break;
            case BinaryKind.Mul: Map<MulOp>(a, b, y); break;
            case BinaryKind.Div: Map<DivOp>(a, b, y); break;
            case BinaryKind.Max: Map<MaxOp>(a, b, y); break;
            case BinaryKind.Min: Map<MinOp>(a, b, y); break;
            case BinaryKind.Equal: Map<EqualOp>(a, b, y); break;
            case BinaryKind.Less: Map<LessOp>(a, b, y); break;
            case BinaryKind.Greater: Map<GreaterOp>(a, b, y); break;
            case BinaryKind.Pow: Run(a, b, y, new PowPiece(), 50); break;
            default: throw new ArgumentOutOfRangeException(nameof(kind), kind, "unknown function");
        }
    }

    /// <inheritdoc/>
    public override void Binary(BinaryKind kind, Tensor a, double b, Tensor y)
    {
        PrimitiveChecks.Binary(kind, a, null, y);
        if (y.Shape.Count == 0) return;
        float f = (float)b;
        if (!a.DType.IsFloat)
        {
            _plain.Binary(kind, a, b, y);
            return;
        }
        switch (kind)
        {
            case BinaryKind.Add: Map<AddOp>(a, f, y); break;
            case BinaryKind.Sub: Map<SubOp>(a, f, y); break;
            case BinaryKind.Mul: Map<MulOp>(a, f, y); break;
            case BinaryKind.Div: Map<DivOp>(a, f, y); break;
            case BinaryKind.Max: Map<MaxOp>(a, f, y); break;
            case BinaryKind.Min: Map<MinOp>(a, f, y); break;
            case BinaryKind.Equal: Map<EqualOp>(a, f, y); break;
            case BinaryKind.Less: Map<LessOp>(a, f, y); break;
            case BinaryKind.Greater: Map<GreaterOp>(a, f, y); break;
            case BinaryKind.Pow when f == 2: Map<SquareOp>(a, y); break;
            case BinaryKind.Pow: Run(a, y, new PowBy(f), 50); break;
            default: throw new ArgumentOutOfRangeException(nameof(kind), kind, "unknown function");
        }
    }

    /// <inheritdoc/>
    public override void Select(Tensor condition, Tensor a, Tensor b, Tensor y)
    {
        PrimitiveChecks.Select(condition, a, b, y);
        if (y.Shape.Count == 0) return;
        if (!a.DType.IsFloat || !Walk.TryMake(y, a, b, condition, out Walk walk)) _plain.Select(condition, a, b, y);
        else ForRanges(walk.Pieces, new SelectBody(walk, condition, a, b, y), PieceWork(walk, 1));
    }

    private void Map<TOp>(Tensor x, Tensor y, int cost = 1) where TOp : struct, IUnaryRowOp => Run(x, y, default(UnaryPiece<TOp>), cost);

    private void Map<TOp>(Tensor a, Tensor b, Tensor y) where TOp : struct, IBinaryRowOp => Run(a, b, y, default(BinaryPiece<TOp>), 1);

    private void Map<TOp>(Tensor a, float b, Tensor y) where TOp : struct, IBinaryRowOp => Run(a, y, new NumberPiece<TOp>(b), 1);

    private void Run<TPiece>(Tensor x, Tensor y, TPiece piece, int cost) where TPiece : struct, IUnaryPiece
    {
        if (!Walk.TryMake(y, x, null, null, out Walk walk)) throw new NotSupportedException($"{Name}: {y} has more than {Walk.MaxRank} dimensions that cannot be merged");
        ForRanges(walk.Pieces, new UnaryBody<TPiece>(walk, x, y, piece), PieceWork(walk, cost));
    }

    private void Run<TPiece>(Tensor a, Tensor b, Tensor y, TPiece piece, int cost) where TPiece : struct, IBinaryPiece
    {
        if (!Walk.TryMake(y, a, b, null, out Walk walk)) throw new NotSupportedException($"{Name}: {y} has more than {Walk.MaxRank} dimensions that cannot be merged");
        ForRanges(walk.Pieces, new BinaryBody<TPiece>(walk, a, b, y, piece), PieceWork(walk, cost));
    }

    /// <summary>A vector does sixteen elements at once, but memory is the limit: a quarter of an operation each, and some to begin.</summary>
    private static long PieceWork(in Walk walk, int cost) => 16 + (long)Math.Min(walk.Width, Walk.Piece) * cost / 4;

    private interface IUnaryPiece
    {
        void Invoke(ReadOnlySpan<float> x, Span<float> y);
    }

    private interface IBinaryPiece
    {
        void Invoke(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> y);

        /// <summary>With b the same for all.</summary>
        void Invoke(ReadOnlySpan<float> a, float b, Span<float> y);

        /// <summary>With a the same for all.</summary>
        void Invoke(float a, ReadOnlySpan<float> b, Span<float> y);
    }

    private readonly struct UnaryPiece<TOp> : IUnaryPiece where TOp : struct, IUnaryRowOp
    {
        public void Invoke(ReadOnlySpan<float> x, Span<float> y) => Rows.Map<TOp>(x, y);
    }

    private readonly struct NumberPiece<TOp>(float b) : IUnaryPiece where TOp : struct, IBinaryRowOp
    {
        public void Invoke(ReadOnlySpan<float> x, Span<float> y) => Rows.Map<TOp>(x, b, y);
    }

    private readonly struct BinaryPiece<TOp> : IBinaryPiece where TOp : struct, IBinaryRowOp
    {
        public void Invoke(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> y) => Rows.Map<TOp>(a, b, y);
        public void Invoke(ReadOnlySpan<float> a, float b, Span<float> y) => Rows.Map<TOp>(a, b, y);
        public void Invoke(float a, ReadOnlySpan<float> b, Span<float> y) => Rows.Map<Swapped<TOp>>(b, a, y);
    }

    private readonly struct Swapped<TOp> : IBinaryRowOp where TOp : struct, IBinaryRowOp
    {
        public static float Invoke(float a, float b) => TOp.Invoke(b, a);
        public static Vector512<float> Invoke(Vector512<float> a, Vector512<float> b) => TOp.Invoke(b, a);
    }

    private readonly struct Trigonometry(bool cosine) : IUnaryPiece
    {
        public void Invoke(ReadOnlySpan<float> x, Span<float> y)
        {
            if (cosine) TensorPrimitives.Cos(x, y);
            else TensorPrimitives.Sin(x, y);
        }
    }

    /// <summary>By the math library: e^(b ln a) in F32 would lose digits and negative a.</summary>
    private readonly struct PowBy(float b) : IUnaryPiece
    {
        public void Invoke(ReadOnlySpan<float> x, Span<float> y)
        {
            for (int i = 0; i < y.Length; i++) y[i] = MathF.Pow(x[i], b);
        }
    }

    private readonly struct PowPiece : IBinaryPiece
    {
        public void Invoke(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> y)
        {
            for (int i = 0; i < y.Length; i++) y[i] = MathF.Pow(a[i], b[i]);
        }

        public void Invoke(ReadOnlySpan<float> a, float b, Span<float> y)
        {
            for (int i = 0; i < y.Length; i++) y[i] = MathF.Pow(a[i], b);
        }

        public void Invoke(float a, ReadOnlySpan<float> b, Span<float> y)
        {
            for (int i = 0; i < y.Length; i++) y[i] = MathF.Pow(a, b[i]);
        }
    }

    private readonly struct UnaryBody<TPiece>(Walk walk, Tensor x, Tensor y, TPiece piece) : IRangeBody where TPiece : struct, IUnaryPiece
    {
        private readonly Walk _walk = walk;
        private readonly TPiece _piece = piece;

        public void Invoke(int first, int end)
        {
            Span<float> xBuffer = Scratch.Floats(SlotX, Walk.Piece), yBuffer = Scratch.Floats(SlotY, Walk.Piece);
            int xStep = _walk.Step(1), yStep = _walk.Step(0);
            for (int i = first; i < end; i++)
            {
                int count = _walk.At(i, out long yAt, out long xAt, out _, out _);
                Span<float> target = OpenPiece(y, yAt, yStep, count, yBuffer);
                _piece.Invoke(ReadPiece(x, xAt, xStep, count, xBuffer), target);
                WritePiece(target, y, yAt, yStep);
            }
        }
    }

    private readonly struct BinaryBody<TPiece>(Walk walk, Tensor a, Tensor b, Tensor y, TPiece piece) : IRangeBody where TPiece : struct, IBinaryPiece
    {
        private readonly Walk _walk = walk;
        private readonly TPiece _piece = piece;

        public void Invoke(int first, int end)
        {
            Span<float> aBuffer = Scratch.Floats(SlotX, Walk.Piece), bBuffer = Scratch.Floats(SlotX2, Walk.Piece), yBuffer = Scratch.Floats(SlotY, Walk.Piece);
            int yStep = _walk.Step(0), aStep = _walk.Step(1), bStep = _walk.Step(2);
            for (int i = first; i < end; i++)
            {
                int count = _walk.At(i, out long yAt, out long aAt, out long bAt, out _);
                Span<float> target = OpenPiece(y, yAt, yStep, count, yBuffer);
                if (bStep == 0) _piece.Invoke(ReadPiece(a, aAt, aStep, count, aBuffer), ReadPiece(b, bAt, 1, 1, bBuffer)[0], target);
                else if (aStep == 0) _piece.Invoke(ReadPiece(a, aAt, 1, 1, aBuffer)[0], ReadPiece(b, bAt, bStep, count, bBuffer), target);
                else _piece.Invoke(ReadPiece(a, aAt, aStep, count, aBuffer), ReadPiece(b, bAt, bStep, count, bBuffer), target);
                WritePiece(target, y, yAt, yStep);
            }
        }
    }

    private readonly struct SelectBody(Walk walk, Tensor condition, Tensor a, Tensor b, Tensor y) : IRangeBody
    {
        private readonly Walk _walk = walk;

        public void Invoke(int first, int end)
        {
            Span<float> aBuffer = Scratch.Floats(SlotX, Walk.Piece), bBuffer = Scratch.Floats(SlotX2, Walk.Piece);
            Span<float> cBuffer = Scratch.Floats(SlotX3, Walk.Piece), yBuffer = Scratch.Floats(SlotY, Walk.Piece);
            int yStep = _walk.Step(0);
            for (int i = first; i < end; i++)
            {
                int count = _walk.At(i, out long yAt, out long aAt, out long bAt, out long cAt);
                Span<float> target = OpenPiece(y, yAt, yStep, count, yBuffer);
                Rows.Map<SelectOp>(ReadPiece(condition, cAt, _walk.Step(3), count, cBuffer), ReadPiece(a, aAt, _walk.Step(1), count, aBuffer), ReadPiece(b, bAt, _walk.Step(2), count, bBuffer), target);
                WritePiece(target, y, yAt, yStep);
            }
        }
    }
}
