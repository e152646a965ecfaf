using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pure.Tuner.Kernels;

/// <summary>Vector code for a format of 32 codes with an F16 scale d in front, and after it an F16 minimum where it has one.</summary>
internal unsafe interface ISmallBlockVectors
{
    /// <summary>Whether a minimum stands after d.</summary>
    static abstract bool HasMin { get; }

    /// <summary>What is added to every code; <see cref="Floats"/> leaves it out.</summary>
    static abstract float Offset { get; }

    /// <summary>Expands one block: the bits of <see cref="IBlockFormat.Expand"/>.</summary>
    static abstract void Expand(byte* block, float* y);

    /// <summary>Whether <see cref="Floats"/> wants x turned.</summary>
    static virtual bool TurnsX => false;

    /// <summary>32 numbers of x as <see cref="Floats"/> wants them.</summary>
    static virtual void TurnX(float* x, float* y) => throw new NotSupportedException();

    /// <summary>Whether codes are integers, so that <see cref="Codes16"/> can give them.</summary>
    static virtual bool HasCodes16 => false;

    /// <summary>All 32 codes with their offset, in order.</summary>
    static virtual (Vector256<short> Low, Vector256<short> High) Codes16(byte* block) => throw new NotSupportedException();

    /// <summary>All 32 codes in four vectors, in the order and scale that turned x answers.</summary>
    static abstract void Floats(byte* block, out Vector256<float> c0, out Vector256<float> c1, out Vector256<float> c2, out Vector256<float> c3);
}

/// <summary>Small blocks, read in vectors. In a dot eight rows go together: the scales of eight blocks are widened at once, whatever row they are of, and minima meet eight sums of x.</summary>
internal sealed unsafe partial class SmallBlockDecoder<TFormat, TVectors> : PackedDecoder
    where TFormat : struct, IBlockFormat where TVectors : struct, ISmallBlockVectors
{
    private const int Elements = 32, Together = 8, RowsTogether = 8, Slot = 6;

    public override int SumLength => TVectors.HasMin || TVectors.Offset != 0 ? Elements : 0;

    public override bool CanDot(QuantizedTensor w) => true;

    public override bool TurnsX => TVectors.TurnsX;

    public override void TurnX(float* x, int count, float* y)
    {
        for (int i = 0; i < count; i += Elements) TVectors.TurnX(x + i, y + i);
    }

    public override void Decode(QuantizedTensor w, int row, int column, int count, float* y)
    {
        long first = ((long)row * w.Shape[1] + column) / Elements;
        fixed (byte* blocks = w.Part<byte>(0, first * TFormat.Bytes, count / Elements * TFormat.Bytes)) Expand(blocks, count / Elements, y);
    }

    public override void Dot(QuantizedTensor w, int row, int rows, float* x, float* sums, float* dots) => DotRows(w, row, rows, new FewRows((nint)x, 0, (nint)sums, 0, 1), dots, 0);

    public override int MaxRows => Dots.MaxSmallRows;

    public override void DotRows(QuantizedTensor w, int row, int rows, in FewRows x, float* dots, nint dotStep)
    {
        int blocks = w.Shape[1] / Elements;
        long rowBytes = (long)blocks * TFormat.Bytes;
        float* room = Room(blocks);
        fixed (byte* first = w.Part<byte>(0, row * rowBytes, checked((int)(rows * rowBytes))))
            for (int i = 0; i < rows; i += RowsTogether)
            {
                byte* block = first + i * rowBytes;
                int count = Math.Min(RowsTogether, rows - i);
                for (int j = 0; j < x.Rows; j += 4)
                {
                    float* from = x.X + j * x.Step, sums = x.Sums + j * x.SumStep, to = dots + i + j * dotStep;
                    if (x.Rows - j == 1) Dot<Plain>(block, count, blocks, from, null, sums, room, to);
                    else Dot4(block, count, blocks, from, x.Step, sums, x.SumStep, Math.Min(4, x.Rows - j), room, to, dotStep);
                }
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Expand(byte* block, int blocks, float* y)
    {
        for (int i = 0; i < blocks; i++, block += TFormat.Bytes, y += Elements) TVectors.Expand(block, y);
    }

    /// <summary>Room for what some rows' heads become: scales and minima, and each row's scales once more.</summary>
    private static float* Room(int blocks) => (float*)Scratch.Bytes(Slot, (2L * RowsTogether * blocks + blocks + 4 * Together) * sizeof(float));

    /// <summary>dots = rows of W times x. First the heads of all blocks, which follow each other through all rows, then the codes, then the sums of lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Dot<TMode>(byte* block, int rows, int blocks, void* x, float* xScales, float* sums, float* room, float* dots) where TMode : struct, IMode
    {
        int all = rows * blocks, bytes = all * TFormat.Bytes;
        float* scales = room, minima = scales + all + Together, own = minima + (TVectors.HasMin ? all + Together : 0);
        ReadHeads(block, all, scales, minima);
        Vector256<float>* lanes = stackalloc Vector256<float>[RowsTogether];
        for (int r = 0; r < rows; r++, scales += blocks, minima += blocks)
        {
            Vector256<float> sum = default, other = default;
            float* d = scales;
            if (TMode.IsRounded)
            {
                d = own;
                for (int i = 0; i < blocks; i += Together) (Vector256.Load(scales + i) * Vector256.Load(xScales + i)).Store(own + i);
            }
            if (!TMode.IsRounded || TVectors.HasMin) other = Minima(scales, minima, sums, blocks);
            byte* at = (byte*)x;
            for (float* end = d + blocks; d < end; d++, block += TFormat.Bytes, at += Elements * TMode.Size)
            {
                if (Sse.IsSupported) Sse.Prefetch0(block + bytes);      // what the next call reads: the hardware's own reading ahead ends with a page
                sum = Vector256.MultiplyAddEstimate(Vector256.Create(*d), TMode.Dot(block, at), sum);
            }
            lanes[r] = sum + other;
        }
        for (int r = 0; r < rows; r++) dots[r] = Vector256.Sum(lanes[r]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Times(Vector256<float> c0, Vector256<float> c1, Vector256<float> c2, Vector256<float> c3, float* x)
    {
        Vector256<float> s = Vector256.MultiplyAddEstimate(c1, Vector256.Load(x + 8), c0 * Vector256.Load(x));
        s = Vector256.MultiplyAddEstimate(c2, Vector256.Load(x + 16), s);
        return Vector256.MultiplyAddEstimate(c3, Vector256.Load(x + 24), s);
    }

    /// <summary>Four rows of x at once: the same sums, each code unpacked once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Dot4(byte* block, int rows, int blocks, float* x, int xStep, float* sums, int sumStep, int xRows, float* room, float* dots, nint dotStep)
    {
        int all = rows * blocks, bytes = all * TFormat.Bytes;
        float* scales = room, minima = scales + all + Together;
        ReadHeads(block, all, scales, minima);
        // Rows that are missing are the last one again; nobody reads them.
        nint s1 = Math.Min(1, xRows - 1), s2 = Math.Min(2, xRows - 1), s3 = xRows - 1;
        float* x1 = x + s1 * xStep, x2 = x + s2 * xStep, x3 = x + s3 * xStep;
        for (int r = 0; r < rows; r++, scales += blocks, minima += blocks)
        {
            Vector256<float> a = default, b = default, c = default, d = default;
            nint at = 0;
            for (float* scale = scales, end = scales + blocks; scale < end; scale++, block += TFormat.Bytes, at += Elements)
            {
                if (Sse.IsSupported) Sse.Prefetch0(block + bytes);
                TVectors.Floats(block, out Vector256<float> c0, out Vector256<float> c1, out Vector256<float> c2, out Vector256<float> c3);
                Vector256<float> by = Vector256.Create(*scale);
                a = Vector256.MultiplyAddEstimate(by, Times(c0, c1, c2, c3, x + at), a);
                b = Vector256.MultiplyAddEstimate(by, Times(c0, c1, c2, c3, x1 + at), b);
                c = Vector256.MultiplyAddEstimate(by, Times(c0, c1, c2, c3, x2 + at), c);
                d = Vector256.MultiplyAddEstimate(by, Times(c0, c1, c2, c3, x3 + at), d);
            }
            dots[r] = Vector256.Sum(a + Minima(scales, minima, sums, blocks));
            if (xRows > 1) dots[r + dotStep] = Vector256.Sum(b + Minima(scales, minima, sums + sumStep, blocks));
            if (xRows > 2) dots[r + 2 * dotStep] = Vector256.Sum(c + Minima(scales, minima, sums + 2 * sumStep, blocks));
            if (xRows > 3) dots[r + 3 * dotStep] = Vector256.Sum(d + Minima(scales, minima, sums + 3 * sumStep, blocks));
        }
    }

    /// <summary>What minima or the offset add to a row's product, in lanes. Behind a row stands the next one's; sums are 0 there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Minima(float* scales, float* minima, float* sums, int blocks)
    {
        Vector256<float> other = default;
        if (TVectors.HasMin)
            for (int i = 0; i < blocks; i += Together) other = Vector256.MultiplyAddEstimate(Vector256.Load(minima + i), Vector256.Load(sums + i), other);
        else if (TVectors.Offset != 0)
            for (int i = 0; i < blocks; i += Together) other = Vector256.MultiplyAddEstimate(Vector256.Load(scales + i) * TVectors.Offset, Vector256.Load(sums + i), other);
        return other;
    }

    /// <summary>Scales and minima of blocks, eight at a time, and eight zeros behind them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ReadHeads(byte* block, int count, float* scales, float* minima)
    {
        int i = 0;
        for (; i + Together <= count; i += Together, block += Together * TFormat.Bytes)
        {
            Split(Vector256.Create(Head(block, 0), Head(block, 1), Head(block, 2), Head(block, 3), Head(block, 4), Head(block, 5), Head(block, 6), Head(block, 7)), scales + i, minima + i);
        }
        Vector256<int> last = default;
        for (int j = 0; i + j < count; j++) ((int*)&last)[j] = Head(block, j);
        Split(last, scales + i, minima + i);
        Vector256<float>.Zero.Store(scales + count);
        if (TVectors.HasMin) Vector256<float>.Zero.Store(minima + count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Split(Vector256<int> heads, float* scales, float* minima)
    {
        Codes.Half(heads).Store(scales);
        if (TVectors.HasMin) Codes.Half(Vector256.ShiftRightLogical(heads, 16)).Store(minima);
    }

    /// <summary>The first four bytes of a block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Head(byte* blocks, int i) => *(int*)(blocks + i * TFormat.Bytes);

    /// <summary>What x is.</summary>
    private interface IMode
    {
        static abstract bool IsRounded { get; }

        /// <summary>Bytes of an element.</summary>
        static abstract int Size { get; }

        /// <summary>Σ codes · x of a block in eight lanes.</summary>
        static abstract Vector256<float> Dot(byte* block, void* x);
    }

    /// <summary>F32, turned where the format wants it.</summary>
    private readonly struct Plain : IMode
    {
        public static bool IsRounded => false;
        public static int Size => sizeof(float);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<float> Dot(byte* block, void* x)
        {
            TVectors.Floats(block, out Vector256<float> c0, out Vector256<float> c1, out Vector256<float> c2, out Vector256<float> c3);
            return Times(c0, c1, c2, c3, (float*)x);
        }
    }

    /// <summary>16 bits.</summary>
    private readonly struct Integers : IMode
    {
        public static bool IsRounded => true;
        public static int Size => sizeof(short);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<float> Dot(byte* block, void* x)
        {
            (Vector256<short> low, Vector256<short> high) = TVectors.Codes16(block);
            return Codes.Float(Codes.AddPairs(Codes.AddPairs(default, low, Vector256.Load((short*)x)), high, Vector256.Load((short*)x + 16)));
        }
    }
}
