namespace Pure.Tuner;

/// <summary>
/// The factor of the loss that keeps gradients of 16-bit products away from the smallest numbers of F16: halved when one overflows, whose
/// update is left out, and doubled after many that did not. As PyTorch's GradScaler: 65536, times 2 after 2000, times 0.5.
/// </summary>
/// <remarks>Micikevicius et al. 2017, arXiv:1710.03740. Factors are powers of two, so that taking them out again rounds nothing.</remarks>
internal sealed class LossScaler
{
    private const double Begins = 65536, Growth = 2, Backoff = 0.5, Least = 1;
    private const int GrowsAfter = 2000;

    /// <summary>As many as lead from the first factor to 1, and one there.</summary>
    private const int MostInARow = 17;

    /// <summary>Beyond this a sum of squares no longer fits F32: a card that saturates stops there.</summary>
    private const double LargestNorm = 1e19;

    /// <summary>What a run must know to go on.</summary>
    /// <param name="Scale">The factor.</param>
    /// <param name="Good">Updates since it changed.</param>
    /// <param name="Bad">Updates in a row, up to now, that were left out.</param>
    /// <param name="LastLoss">Loss of the last update whose loss was a number; null before there was one.</param>
    internal sealed record State(double Scale, int Good, int Bad, double? LastLoss);

    /// <summary>One where a backend's products need it, else null.</summary>
    internal static LossScaler? For(Backend backend) => backend.ProductType == DType.F16 ? new() : null;

    /// <summary>What is kept in a checkpoint.</summary>
    internal State Present { get; private set; } = new(Begins, 0, 0, null);

    /// <summary>The factor of the next update.</summary>
    internal double Scale => Present.Scale;

    /// <summary>Goes on from a checkpoint.</summary>
    internal void Load(State state) => Present = state;

    /// <summary>Takes in what an update gave, and says whether it may be made.</summary>
    /// <param name="norm">Norm of the gradients, the factor taken out.</param>
    /// <param name="loss">Its loss; one that is no number becomes the last that was, and NaN where there was none.</param>
    /// <returns>False when a gradient overflowed: the update is left out and the factor is smaller.</returns>
    internal bool Passes(double norm, ref double loss)
    {
        bool passes = double.IsFinite(norm) && double.IsFinite(loss) && norm * Scale < LargestNorm;
        double? last = double.IsFinite(loss) ? loss : Present.LastLoss;
        loss = last ?? double.NaN;
        IsExhausted = !passes && Scale <= Least && Present.Bad + 1 >= MostInARow;
        if (!passes) Present = new(Math.Max(Least, Scale * Backoff), 0, Present.Bad + 1, last);
        else if (Present.Good + 1 < GrowsAfter) Present = new(Scale, Present.Good + 1, 0, last);
        else Present = new(Scale * Growth, 0, 0, last);
        return passes;
    }

    /// <summary>Whether the gradients of many updates in a row overflowed, the last at the factor 1: it is not the factor then. One bad update at 1 is only left out.</summary>
    internal bool IsExhausted { get; private set; }
}
