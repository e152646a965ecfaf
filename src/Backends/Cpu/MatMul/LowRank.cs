namespace Pure.Tuner.Kernels;

/// <summary>What a product x M takes along: y += scale · t Q with t = x P of few columns, as in LoRA. The default value is none.</summary>
/// <remarks>t of some rows of x is made when their panel has just been packed, and added when a tile of y is finished: x and y are not read again.</remarks>
internal unsafe struct LowRank
{
    /// <summary>Columns of P, rows of Q.</summary>
    public int Rank;

    /// <summary>Factor of t Q.</summary>
    public float Scale;

    /// <summary>P in panels of as many columns as a tile has, each for the whole of k.</summary>
    public float* P;

    /// <summary>Q in panels of as many columns as a tile has.</summary>
    public float* Q;

    /// <summary>t, one row for each of x and as many more as fill a tile.</summary>
    public float* T;

    /// <summary>Elements from a row of t to the next: the rank, rounded up to whole tiles.</summary>
    public int TStep;

    /// <summary>scale · t in panels of as many rows as a tile has.</summary>
    public float* TPanels;

    /// <summary>Whether there is one.</summary>
    public readonly bool Exists => Rank > 0;

    /// <summary>P, [rank, k], and Q, [n, rank], as panels.</summary>
    public readonly struct PackBody<TKernel>(LowRank low, Matrix p, Matrix q, int k, int n) : IRangeBody where TKernel : struct, IMicroKernel
    {
        /// <summary>Panels of both.</summary>
        public static int Panels(int rank, int n) => PackedMatMul<TKernel>.Ceiling(rank, TKernel.Columns) + PackedMatMul<TKernel>.Ceiling(n, TKernel.Columns);

        public void Invoke(int first, int end)
        {
            int ofP = PackedMatMul<TKernel>.Ceiling(low.Rank, TKernel.Columns);
            for (int i = first; i < end; i++)
            {
                int at = (i < ofP ? i : i - ofP) * TKernel.Columns;
                if (i < ofP) Packing.Pack(p, at, Math.Min(TKernel.Columns, low.Rank - at), TKernel.Columns, 0, k, 1, low.P + (long)at * k);
                else Packing.Pack(q, at, Math.Min(TKernel.Columns, n - at), TKernel.Columns, 0, low.Rank, 1, low.Q + (long)at * low.Rank);
            }
        }
    }
}
