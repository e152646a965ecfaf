using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pure.Tuner.Kernels;

/// <summary>NF4 and FP4 of bitsandbytes with AVX2: a word of eight codes in every lane, each lane shifted to its own code, which picks from sixteen values in two registers.</summary>
internal sealed unsafe class FourBitDecoder : PackedDecoder
{
    /// <summary>The first code of a byte is its high half.</summary>
    private static Vector256<uint> Shifts => Vector256.Create(4u, 0, 12, 8, 20, 16, 28, 24);

    public static bool IsSupported => Avx2.IsSupported;

    /// <summary>Blocks may run across rows; then a row is expanded as it is.</summary>
    public override bool CanDot(QuantizedTensor w) => w.Format is BnbFourBitFormat f && f.BlockSize % 16 == 0 && w.Shape[1] % f.BlockSize == 0;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Decode(QuantizedTensor w, int row, int column, int count, float* y)
    {
        var scales = new Scales(w);
        int size = scales.BlockSize;
        long first = (long)row * w.Shape[1] + column;
        byte* codes = Pointer<byte>(w, BnbFourBitFormat.Codes, first >> 1, (int)(((first + count + 1) >> 1) - (first >> 1)));
        ReadOnlySpan<float> values = scales.Values;
        Vector256<float> low = Vector256.Create(values), high = Vector256.Create(values[8..]);
        while (count > 0)
        {
            int n = (int)Math.Min(size - first % size, count), i = 0;
            float scale = scales.Of(first / size);
            if ((first & 1) != 0)                           // an odd row length: this piece begins in the middle of a byte
            {
                y[i++] = values[*codes & 15] * scale;
                codes++;
            }
            Vector256<float> factor = Vector256.Create(scale);
            for (; i + 8 <= n; i += 8, codes += 4) (Values(codes, low, high) * factor).Store(y + i);
            for (; i + 2 <= n; i += 2, codes++) (y[i], y[i + 1]) = (values[*codes >> 4] * scale, values[*codes & 15] * scale);
            if (i < n) y[i] = values[*codes >> 4] * scale;  // its other half is the next block's
            first += n;
            y += n;
            count -= n;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Dot(QuantizedTensor w, int row, int rows, float* x, float* sums, float* dots)
    {
        var scales = new Scales(w);
        int width = w.Shape[1], size = scales.BlockSize, blocks = width / size;
        byte* codes = Pointer<byte>(w, BnbFourBitFormat.Codes, (long)row * width / 2, checked((int)((long)rows * width / 2)));
        Vector256<float> low = Vector256.Create(scales.Values), high = Vector256.Create(scales.Values[8..]);
        long block = (long)row * blocks;
        for (int r = 0; r < rows; r++)
        {
            Vector256<float> sum = default;
            float* p = x;
            for (int b = 0; b < blocks; b++, block++)
            {
                Vector256<float> s0 = default, s1 = default;
                for (float* end = p + size; p < end; p += 16, codes += 8)
                {
                    s0 = Vector256.MultiplyAddEstimate(Values(codes, low, high), Vector256.Load(p), s0);
                    s1 = Vector256.MultiplyAddEstimate(Values(codes + 4, low, high), Vector256.Load(p + 8), s1);
                }
                sum = Vector256.MultiplyAddEstimate(Vector256.Create(scales.Of(block)), s0 + s1, sum);
            }
            dots[r] = Vector256.Sum(sum);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Values(byte* codes, Vector256<float> low, Vector256<float> high) =>
        Codes.LookUp(low, high, Avx2.ShiftRightLogicalVariable(Avx2.BroadcastScalarToVector256((uint*)codes), Shifts).AsInt32());

    /// <summary>absmax of a block, rebuilt where it is in 8 bits, as <see cref="BnbFourBitFormat.Scale"/> does.</summary>
    private readonly struct Scales
    {
        private readonly byte* _codes;
        private readonly float* _plain, _nested, _map;
        private readonly float _offset;
        private readonly int _nestedSize;
        private readonly BnbFourBitFormat _format;

        public Scales(QuantizedTensor w)
        {
            _format = (BnbFourBitFormat)w.Format;
            _nestedSize = _format.NestedBlockSize;
            if (_format.IsNested)
            {
                _codes = (byte*)w.Parts[BnbFourBitFormat.AbsMax].Address;
                _nested = (float*)w.Parts[BnbFourBitFormat.NestedAbsMax].Address;
                _map = (float*)w.Parts[BnbFourBitFormat.NestedMap].Address;
                _offset = *(float*)w.Parts[BnbFourBitFormat.NestedOffset].Address;
            }
            else _plain = (float*)w.Parts[BnbFourBitFormat.AbsMax].Address;
        }

        public int BlockSize => _format.BlockSize;

        public ReadOnlySpan<float> Values => _format.Code.Values;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float Of(long block) => _nestedSize == 0 ? _plain[block] : _map[_codes[block]] * _nested[block / _nestedSize] + _offset;
    }
}
