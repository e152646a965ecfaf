using System.Globalization;

namespace Pure.Tuner;

/// <summary>lr_scheduler_type reduce_lr_on_plateau: the rate falls when a metric no longer gets better. Reported after each evaluation.</summary>
/// <remarks>PyTorch's rule and defaults. There is no warm-up. Every group follows the rate of the first.</remarks>
internal sealed class PlateauSchedule
{
    internal static readonly string[] Known = ["mode", "factor", "patience", "threshold", "threshold_mode", "cooldown", "min_lr", "eps"];
    private readonly double _start, _factor, _threshold, _minRate, _epsilon;
    private readonly int _patience, _cooldown;
    private readonly bool _isMax, _isRelative;
    private double _best;
    private int _bad, _resting;

    /// <param name="rate">The rate at the start.</param>
    /// <param name="arguments">lr_scheduler_kwargs: mode, factor, patience, threshold, threshold_mode, cooldown, min_lr, eps.</param>
    /// <exception cref="UsageException">An argument is unknown or wrong.</exception>
    internal PlateauSchedule(double rate, IReadOnlyDictionary<string, object?>? arguments = null)
    {
        arguments ??= new Dictionary<string, object?>();
        foreach (string key in arguments.Keys)
            if (!Known.Contains(key)) throw new UsageException($"lr_scheduler_kwargs: 'reduce_lr_on_plateau' has no '{key}' (known: {string.Join(", ", Known)}); did you mean '{RecipeKeys.NearestOf(key, Known)}'?");
        double Number(string name, double otherwise, double below = double.PositiveInfinity) =>
            arguments.GetValueOrDefault(name) is not { } value ? otherwise
            : RecipeValue.Plain(Convert.ToString(value, CultureInfo.InvariantCulture)!) is long or double && Convert.ToDouble(value, CultureInfo.InvariantCulture) is var x && x >= 0 && x < below ? x
            : throw new UsageException($"lr_scheduler_kwargs: {name}: expected a number of at least 0{(double.IsFinite(below) ? $" and below {below.ToString(CultureInfo.InvariantCulture)}" : "")}, found '{value}'; leave it out for {otherwise.ToString(CultureInfo.InvariantCulture)}");
        bool Word(string name, string yes, string no, bool otherwise) =>
            arguments.GetValueOrDefault(name) is not { } value ? otherwise
            : value as string == yes || (value as string == no ? false : throw new UsageException($"lr_scheduler_kwargs: {name}: expected '{yes}' or '{no}', found '{value}'; change it"));
        _start = Rate = rate;
        _isMax = Word("mode", "max", "min", false);
        _isRelative = Word("threshold_mode", "rel", "abs", true);
        (_factor, _threshold, _minRate, _epsilon) = (Number("factor", 0.1, 1), Number("threshold", 1e-4), Number("min_lr", 0), Number("eps", 1e-8));
        (_patience, _cooldown) = ((int)Number("patience", 10), (int)Number("cooldown", 0));
        _best = _isMax ? double.NegativeInfinity : double.PositiveInfinity;
    }

    /// <summary>The rate of the next update.</summary>
    internal double Rate { get; private set; }

    /// <summary>What every group's rate is multiplied with.</summary>
    internal double Factor => _start == 0 ? 1 : Rate / _start;

    /// <summary>Takes the metric of an evaluation.</summary>
    /// <returns>Whether the rate fell.</returns>
    internal bool Report(double metric)
    {
        if (IsBetter(metric)) (_best, _bad) = (metric, 0);
        else _bad++;
        if (_resting > 0) (_resting, _bad) = (_resting - 1, 0);
        if (_bad <= _patience) return false;
        double before = Rate, after = Math.Max(before * _factor, _minRate);
        if (before - after > _epsilon) Rate = after;
        (_resting, _bad) = (_cooldown, 0);
        return Rate < before;
    }

    /// <summary>What a resumed run needs.</summary>
    internal IReadOnlyDictionary<string, object?> Save() => new Dictionary<string, object?>
    {
        ["rate"] = Rate,
        ["best"] = double.IsFinite(_best) ? _best : null,
        ["num_bad_epochs"] = _bad,
        ["cooldown_counter"] = _resting,
    };

    /// <summary>Reads what <see cref="Save"/> gave, from JSON too.</summary>
    internal void Load(IReadOnlyDictionary<string, object?> state)
    {
        double? Get(string name) => state.GetValueOrDefault(name) switch
        {
            null => null,
            System.Text.Json.JsonElement { ValueKind: System.Text.Json.JsonValueKind.Number } json => json.GetDouble(),
            System.Text.Json.JsonElement => null,
            object value => Convert.ToDouble(value, CultureInfo.InvariantCulture),
        };
        Rate = Get("rate") ?? Rate;
        _best = Get("best") ?? (_isMax ? double.NegativeInfinity : double.PositiveInfinity);
        (_bad, _resting) = ((int)(Get("num_bad_epochs") ?? 0), (int)(Get("cooldown_counter") ?? 0));
    }

    private bool IsBetter(double metric) => (_isMax, _isRelative) switch
    {
        (false, true) => metric < _best * (1 - _threshold),
        (false, false) => metric < _best - _threshold,
        (true, true) => metric > _best * (1 + _threshold),
        (true, false) => metric > _best + _threshold,
    };
}
