using System.Numerics.Tensors;

namespace Pure.Tuner;

/// <summary>Settings of GPTQ, named as in quantization_config.</summary>
internal sealed record GptqOptions
{
    /// <summary>2, 3, 4 or 8.</summary>
    public int Bits { get; init; } = 4;

    /// <summary>Columns of a group; 0 for the whole row.</summary>
    public int GroupSize { get; init; } = 128;

    public bool IsSymmetric { get; init; } = true;

    /// <summary>Columns in the order of falling diagonal.</summary>
    public bool IsActOrder { get; init; }

    /// <summary>With act order: groups stay runs of columns, their grids come from the weights as given.</summary>
    public bool HasStaticGroups { get; init; }

    /// <summary>Share of the mean diagonal that is added to it.</summary>
    public double Damp { get; init; } = 0.01;

    /// <summary>Smallest code of 0.</summary>
    public int LowestZero { get; init; }
}

/// <summary>Rounds a layer column by column; each column's error is spread over those that follow, so that the outputs change least.</summary>
/// <remarks>
/// Frantar et al. 2022, arXiv:2210.17323. H = 2/n Xᵀ X, damped; H⁻¹ = Uᵀ U; e = (w - q) / U[i, i], w[j] -= e U[i, j]. Then w - q = e U for the whole row and
/// (w - q) H (w - q)ᵀ = ‖e‖², so that a row's error is known without another product. A group's grid comes either from its weights as corrected so far, or, as the
/// published code has it, from the weights at the beginning of a block of 128 columns; where the two differ each row takes the one with the smaller error, and where
/// they cannot the one of two ways to round its scales to F16.
/// Rows do not depend on each other: the result is the same for every number of threads. All in F64.
/// </remarks>
internal sealed class GptqQuantizer
{
    private const int Block = 128, RowsTogether = 16, TileColumns = 256;
    private const double MostDamp = 1;

    private readonly GptqOptions _options;
    private readonly int _columns;
    private readonly int[]? _order;
    private readonly bool[] _isDead;
    private readonly double[] _u;

    /// <summary>Factors H; one object serves all layers with these inputs.</summary>
    /// <exception cref="UsageException">H is not positive definite however much it is damped: the inputs hold what is no number.</exception>
    internal GptqQuantizer(Hessian hessian, GptqOptions options)
    {
        (_options, _columns) = (options, hessian.Width);
        double[] h = hessian.Matrix(2.0 / Math.Max(1, hessian.Rows));
        int n = _columns;
        _isDead = new bool[n];
        for (int i = 0; i < n; i++)
            if (h[i * n + i] == 0) (_isDead[i], h[i * n + i]) = (true, 1);
        if (options.IsActOrder)
        {
            double[] plain = h;
            _order = [.. Enumerable.Range(0, n).OrderByDescending(i => plain[i * n + i])];
            h = new double[n * n];
            for (int i = 0; i < n; i++)
                for (int j = i; j < n; j++) h[i * n + j] = plain[_order[i] * n + _order[j]];
        }
        double mean = 0;
        for (int i = 0; i < n; i++) mean += h[i * n + i] / n;
        double[]? u = null;
        for (double damp = options.Damp; u is null && damp <= MostDamp; damp = Math.Max(2 * damp, 0.01))
        {
            double[] damped = [.. h];
            for (int i = 0; i < n; i++) damped[i * n + i] += damp * mean;
            u = InverseFactor.Upper(damped, n);
        }
        _u = u ?? throw new UsageException("calibration: the layer's inputs hold numbers that are not finite; check that the model answers sensibly before it is quantised");
    }

    /// <summary>Rounds a matrix.</summary>
    /// <param name="weight">[rows, columns].</param>
    /// <param name="rows">Outputs.</param>
    internal AffineCodes Quantize(float[] weight, int rows)
    {
        int n = _columns, size = GroupSize;
        var result = new AffineCodes(rows, n, _options.Bits, _options.GroupSize);
        if (_order is not null && !_options.HasStaticGroups && result.Groups > 1)
        {
            result.Index = new int[n];
            for (int i = 0; i < n; i++) result.Index[_order[i]] = i / size;
        }
        int aligned = Aligned(size);
        bool differ = !_options.HasStaticGroups && size < n && (size % Block != 0 || aligned != Block);
        Parallel.For(0, (rows + RowsTogether - 1) / RowsTogether, part =>
        {
            int first = part * RowsTogether, count = Math.Min(RowsTogether, rows - first);
            var corrected = new Rows(this, weight, first, count, isOther: false);
            corrected.Run(aligned, isLate: false);
            var second = new Rows(this, weight, first, count, isOther: !differ);
            second.Run(differ ? Block : aligned, isLate: differ);
            for (int r = 0; r < count; r++) (second.Errors[r] < corrected.Errors[r] ? second : corrected).Store(r, first + r, result);
        });
        return result;
    }

    private int GroupSize => _options.GroupSize == 0 ? _columns : _options.GroupSize;

    /// <summary>Columns of a block such that every group that begins inside one ends in it, or blocks end where groups do.</summary>
    private static int Aligned(int size)
    {
        if (size <= Block) return Block / size * size;
        int block = Block;
        while (size % block != 0) block--;
        return block;
    }

    /// <summary>Some rows on their way, columns in the order they are rounded in.</summary>
    private sealed class Rows
    {
        private readonly GptqQuantizer _of;
        private readonly int _count;
        private readonly double[] _w;
        private readonly byte[] _codes;
        private readonly AffineGrid[] _grids;
        private readonly int _groups;
        private readonly bool _isOther;

        /// <param name="of">Settings and factor.</param>
        /// <param name="weight">The matrix.</param>
        /// <param name="first">First row.</param>
        /// <param name="count">How many.</param>
        /// <param name="isOther">Whether scales are the F16 numbers on the other side of the exact ones.</param>
        internal Rows(GptqQuantizer of, float[] weight, int first, int count, bool isOther)
        {
            (_of, _count, _isOther) = (of, count, isOther);
            int n = of._columns;
            _w = new double[count * n];
            _codes = new byte[count * n];
            _groups = (n + of.GroupSize - 1) / of.GroupSize;
            _grids = new AffineGrid[count * _groups];
            Errors = new double[count];
            for (int r = 0; r < count; r++)
            {
                ReadOnlySpan<float> row = weight.AsSpan((first + r) * n, n);
                Span<double> w = _w.AsSpan(r * n, n);
                for (int i = 0; i < n; i++) w[i] = of._isDead[i] ? 0 : row[i];
                if (of._options.HasStaticGroups)
                    for (int g = 0; g < _groups; g++) _grids[r * _groups + g] = Grid(w, g);
                if (of._order is not { } order) continue;
                double[] plain = w.ToArray();
                for (int i = 0; i < n; i++) w[i] = plain[order[i]];
            }
        }

        /// <summary>The error of each row: (w - q) H (w - q)ᵀ.</summary>
        internal double[] Errors { get; }

        /// <param name="block">Columns whose corrections reach those beyond the block together.</param>
        /// <param name="isLate">Whether a group's grid comes from the weights at the beginning of the block.</param>
        internal void Run(int block, bool isLate)
        {
            int n = _of._columns;
            double[] errors = new double[_count * block], before = new double[block];
            for (int begin = 0; begin < n; begin += block)
            {
                int end = Math.Min(n, begin + block);
                for (int r = 0; r < _count; r++) RoundBlock(r, begin, end, errors.AsSpan(r * block, end - begin), isLate ? before.AsSpan(0, end - begin) : default);
                Spread(begin, end, block, errors);
            }
        }

        /// <summary>Puts a row's codes and grids where they belong.</summary>
        internal void Store(int r, int row, AffineCodes y)
        {
            int n = _of._columns;
            for (int i = 0; i < n; i++) y.Codes[row * n + (_of._order?[i] ?? i)] = _codes[r * n + i];
            for (int g = 0; g < _groups; g++) (y.Scales[row * _groups + g], y.Zeros[row * _groups + g]) = (_grids[r * _groups + g].Scale, _grids[r * _groups + g].Zero);
        }

        private void RoundBlock(int r, int begin, int end, Span<double> errors, Span<double> before)
        {
            int n = _of._columns, size = _of.GroupSize;
            Span<double> w = _w.AsSpan(r * n, n);
            w.Slice(begin, before.Length).CopyTo(before);
            for (int i = begin; i < end; i++)
            {
                int g = _of._options.HasStaticGroups ? (_of._order?[i] ?? i) / size : i / size;
                ref AffineGrid grid = ref _grids[r * _groups + g];
                if (!_of._options.HasStaticGroups && i % size == 0) grid = before.IsEmpty ? Grid(w, g) : LateGrid(w, g, begin, end, before);
                byte code = _codes[r * n + i] = grid.Code(w[i]);
                ReadOnlySpan<double> u = _of._u.AsSpan(i * n + i, end - i);
                double error = errors[i - begin] = (w[i] - grid.Value(code)) / u[0];
                Errors[r] += error * error;
                if (i + 1 < end) TensorPrimitives.MultiplyAdd(u[1..], -error, w[(i + 1)..end], w[(i + 1)..end]);
            }
        }

        /// <summary>What the block's errors do to the columns beyond it.</summary>
        private void Spread(int begin, int end, int block, double[] errors)
        {
            int n = _of._columns;
            for (int tile = end; tile < n; tile += TileColumns)
            {
                int width = Math.Min(TileColumns, n - tile);
                for (int r = 0; r < _count; r++)
                {
                    Span<double> w = _w.AsSpan(r * n + tile, width);
                    for (int i = begin; i < end; i++) TensorPrimitives.MultiplyAdd(_of._u.AsSpan(i * n + tile, width), -errors[r * block + i - begin], w, w);
                }
            }
        }

        private AffineGrid Grid(ReadOnlySpan<double> w, int g) => Grid(w[(g * _of.GroupSize)..Math.Min(w.Length, (g + 1) * _of.GroupSize)]);

        private AffineGrid LateGrid(ReadOnlySpan<double> w, int g, int begin, int end, ReadOnlySpan<double> before)
        {
            int from = g * _of.GroupSize, to = Math.Min(w.Length, from + _of.GroupSize);
            double[] group = w[from..to].ToArray();
            before[(from - begin)..(Math.Min(to, end) - begin)].CopyTo(group);
            return Grid(group);
        }

        private AffineGrid Grid(ReadOnlySpan<double> group) => AffineGrid.Of(group, _of._options.Bits, _of._options.IsSymmetric, _of._options.LowestZero, _isOther);
    }
}
