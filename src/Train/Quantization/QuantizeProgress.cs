using System.Diagnostics;

namespace Pure.Tuner;

/// <summary>A line for each decoder layer: how fast it goes, how long it will take, where it went worst.</summary>
internal sealed class QuantizeProgress(int layers, Action<string> notice)
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private long _weights;
    private int _done;

    internal void Done(IReadOnlyList<LayerErrors> errors)
    {
        _done++;
        if (errors.Count == 0) return;                       // a type without rounding
        _weights += errors.Sum(e => e.Weights);
        double seconds = Math.Max(1e-3, _clock.Elapsed.TotalSeconds), left = seconds / _done * (layers - _done);
        LayerErrors worst = errors.MaxBy(e => e.OutputError ?? e.WeightError)!;
        notice(FormattableString.Invariant($"layer {_done}/{layers}: {_weights / seconds / 1e6:F1} M weights/s, {Duration(left)} left; largest error {worst.OutputError ?? worst.WeightError:P2} in {worst.Name.Replace(".weight", "")}"));
    }

    private static string Duration(double seconds) => seconds < 90 ? FormattableString.Invariant($"{seconds:F0} s") : seconds < 5400 ? FormattableString.Invariant($"{seconds / 60:F0} min") : FormattableString.Invariant($"{seconds / 3600:F1} h");
}
