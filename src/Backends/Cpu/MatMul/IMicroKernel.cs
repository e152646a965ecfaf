namespace Pure.Tuner.Kernels;

/// <summary>The inside of matrix multiply: a tile of y that stays in registers while k runs.</summary>
internal unsafe interface IMicroKernel
{
    /// <summary>Rows of the tile.</summary>
    static abstract int Rows { get; }

    /// <summary>Columns of the tile.</summary>
    static abstract int Columns { get; }

    /// <summary>c = Σ_p a_p b_p (+ from): each element is one chain of multiply-adds in the order of p that starts from 0; what it is added to comes last.</summary>
    /// <param name="k">How many p.</param>
    /// <param name="a">For each p the tile's rows of a, side by side.</param>
    /// <param name="aStep">Elements from a p to the next in a.</param>
    /// <param name="b">For each p the tile's columns of b, side by side.</param>
    /// <param name="bStep">Elements from a p to the next in b.</param>
    /// <param name="from">What to add, a whole tile, or null; may be c.</param>
    /// <param name="fromStep">Elements from a row of it to the next.</param>
    /// <param name="c">The whole tile.</param>
    /// <param name="cStep">Elements from a row of c to the next.</param>
    static abstract void Run(int k, float* a, nint aStep, float* b, nint bStep, float* from, nint fromStep, float* c, nint cStep);
}

/// <summary>The tile for machines without vectors: eight sums and no fused multiply-add.</summary>
internal readonly unsafe struct Kernel2x4 : IMicroKernel
{
    public static int Rows => 2;

    public static int Columns => 4;

    public static void Run(int k, float* a, nint aStep, float* b, nint bStep, float* from, nint fromStep, float* c, nint cStep)
    {
        float c00 = 0, c01 = 0, c02 = 0, c03 = 0, c10 = 0, c11 = 0, c12 = 0, c13 = 0;
        float* d = c + cStep;
        for (int p = 0; p < k; p++)
        {
            float a0 = a[0], a1 = a[1], b0 = b[0], b1 = b[1], b2 = b[2], b3 = b[3];
            c00 += a0 * b0;
            c01 += a0 * b1;
            c02 += a0 * b2;
            c03 += a0 * b3;
            c10 += a1 * b0;
            c11 += a1 * b1;
            c12 += a1 * b2;
            c13 += a1 * b3;
            a += aStep;
            b += bStep;
        }
        if (from != null)
        {
            float* e = from + fromStep;
            (c00, c01, c02, c03) = (c00 + from[0], c01 + from[1], c02 + from[2], c03 + from[3]);
            (c10, c11, c12, c13) = (c10 + e[0], c11 + e[1], c12 + e[2], c13 + e[3]);
        }
        (c[0], c[1], c[2], c[3]) = (c00, c01, c02, c03);
        (d[0], d[1], d[2], d[3]) = (c10, c11, c12, c13);
    }
}
