namespace Pure.Tuner.Kernels;

/// <summary>The largest elements of each row, so that no whole row has to come back from a device whose memory the process does not see.</summary>
public interface ITopKernel
{
    /// <summary>Whether it finds k of n.</summary>
    bool Finds(int n, int k);

    /// <summary>
    /// y[i] = the k largest of x[i], largest first, then their k places as numbers; x F32 [rows, n], y F32 [rows, 2k]. Of equal ones any
    /// comes first; with k = 1 the first of the row. A NaN counts as the largest.
    /// </summary>
    void Top(Tensor x, int k, Tensor y);
}
