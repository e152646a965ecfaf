using System.Globalization;

namespace Pure.Tuner;

/// <summary>The learning rate of each update: rises over the warm-up, then follows the curve of its type.</summary>
/// <remarks>Types, arguments and what happens past the end are those of Hugging Face's schedules. Computed in F64.</remarks>
public sealed class LearningRateSchedule
{
    private readonly double _rate;
    private readonly Func<int, double> _factor;
    private readonly int _warmup, _total;
    private readonly IReadOnlyDictionary<string, object?> _arguments;
    private readonly string _type;

    /// <param name="type">One of the names of lr_scheduler_type.</param>
    /// <param name="rate">The highest rate.</param>
    /// <param name="warmupSteps">Updates of the warm-up.</param>
    /// <param name="totalSteps">Updates of the run.</param>
    /// <param name="arguments">lr_scheduler_kwargs.</param>
    /// <exception cref="UsageException">The type is unknown, an argument is missing or no number, or the curve is not defined for these steps.</exception>
    public LearningRateSchedule(string type, double rate, int warmupSteps, int totalSteps, IReadOnlyDictionary<string, object?>? arguments = null)
    {
        (_type, _rate, _warmup, _total, _arguments) = (type, rate, warmupSteps, totalSteps, arguments ?? new Dictionary<string, object?>());
        // Two types pass over whatever they are given; the others refuse what they do not know.
        if (type is not ("constant_with_warmup" or "inverse_sqrt"))
            foreach (string key in _arguments.Keys)
                if (!KnownArguments(type).Contains(key)) throw new UsageException($"lr_scheduler_kwargs: '{type}' has no '{key}'; known: {(KnownArguments(type) is { Length: > 0 } known ? string.Join(", ", known) : "none")}");
        _factor = Curve();
    }

    /// <summary>The schedule of a recipe, with LLaMA-Factory's own defaults for <c>warmup_stable_decay</c>: a third stable, the rest decay.</summary>
    public static LearningRateSchedule For(Recipe recipe, TrainingPlan plan)
    {
        var arguments = new Dictionary<string, object?>(recipe.LrSchedulerKwargs);
        if (recipe.LrSchedulerType == "warmup_stable_decay") FillStableAndDecay(arguments, plan.WarmupSteps, plan.TotalSteps);
        return new LearningRateSchedule(recipe.LrSchedulerType, recipe.LearningRate, plan.WarmupSteps, plan.TotalSteps, arguments);
    }

    /// <summary>What every group's rate is multiplied with in update <paramref name="step"/> (counted from 0).</summary>
    public double Factor(int step) => _factor(step);

    /// <summary>The rate that update <paramref name="step"/> (counted from 0) uses.</summary>
    public double LearningRate(int step) => _rate * _factor(step);

    internal static void FillStableAndDecay(Dictionary<string, object?> arguments, int warmup, int total)
    {
        long stable = (total - warmup) / 3;
        arguments.TryAdd("num_stable_steps", stable);
        arguments.TryAdd("num_decay_steps", total - warmup - stable);
    }

    internal static string[] KnownArguments(string type) => type switch
    {
        "cosine" or "cosine_with_restarts" => ["num_cycles"],
        "polynomial" => ["power", "lr_end"],
        // Known to the format; the reference passes it over too.
        "inverse_sqrt" => ["timescale"],
        "cosine_with_min_lr" => ["min_lr", "min_lr_rate", "num_cycles"],
        "cosine_warmup_with_min_lr" => ["min_lr", "min_lr_rate", "num_cycles", "warmup_lr_rate"],
        "warmup_stable_decay" => ["num_stable_steps", "num_decay_steps", "min_lr_ratio", "warmup_type", "decay_type", "num_cycles"],
        "reduce_lr_on_plateau" => PlateauSchedule.Known,
        _ => [],
    };

    private Func<int, double> Curve()
    {
        int w = _warmup, n = _total, rest = Math.Max(1, n - w);
        switch (_type)
        {
            // What a plateau changes is told by evaluations: PlateauSchedule.
            case "constant" or "reduce_lr_on_plateau": return _ => 1;
            case "constant_with_warmup": return Warm(_ => 1);
            case "linear": return Warm(i => Math.Max(0, (double)(n - i) / rest));
            case "cosine":
                {
                    double cycles = Number("num_cycles", 0.5);
                    return Warm(i => Math.Max(0, Wave(cycles, (double)(i - w) / rest)));
                }
            case "cosine_with_restarts":
                {
                    double cycles = Number("num_cycles", 1);
                    return Warm(i => (double)(i - w) / rest is var p && p >= 1 ? 0 : Math.Max(0, 0.5 * (1 + Math.Cos(Math.PI * (cycles * p % 1.0)))));
                }
            case "polynomial":
                {
                    double power = Number("power", 1), end = Number("lr_end", 1e-7);
                    if (n == w) throw new UsageException($"lr_scheduler_type: 'polynomial' needs steps after the warm-up: {w} warm-up steps of {n}; lower warmup_steps");
                    if (_rate <= end) throw new UsageException($"lr_scheduler_kwargs: lr_end {PythonFloat.Format(end)} must be below learning_rate {PythonFloat.Format(_rate)}; lower it");
                    return Warm(i => i > n ? end / _rate : ((_rate - end) * Math.Pow(1 - (double)(i - w) / (n - w), power) + end) / _rate);
                }
            case "inverse_sqrt":
                {
                    int scale = w > 0 ? w : 10_000;
                    return Warm(i => 1 / Math.Sqrt((double)(i + scale - w) / scale));
                }
            case "cosine_with_min_lr":
                {
                    double cycles = Number("num_cycles", 0.5), min = MinRate();
                    return Warm(i => Math.Max(0, Wave(cycles, (double)(i - w) / rest) * (1 - min) + min));
                }
            case "cosine_warmup_with_min_lr":
                {
                    double cycles = Number("num_cycles", 0.5), min = MinRate();
                    double? start = _arguments.GetValueOrDefault("warmup_lr_rate") is not null ? Number("warmup_lr_rate", 0) : null;
                    return i => i >= w ? Math.Max(0, Wave(cycles, (i - w + 1.0) / rest) * (1 - min) + min)
                        : start is { } s ? s + (1 - s) * i / Math.Max(1, w - 1)
                        : (i + 1.0) / Math.Max(1, w);
                }
            case "warmup_stable_decay": return StableDecay();
            default: throw new UsageException($"lr_scheduler_type: there is no '{_type}'; use for example 'cosine'");
        }
    }

    private Func<int, double> StableDecay()
    {
        int w = _warmup;
        int decay = (int)Number("num_decay_steps", null), stable = (int)Number("num_stable_steps", _total - w - decay);
        double min = Number("min_lr_ratio", 0), cycles = Number("num_cycles", 0.5);
        string rising = Word("warmup_type", "linear"), falling = Word("decay_type", "cosine");
        double Scale(double f) => Math.Max(0, f * (1 - min) + min);
        return i =>
        {
            if (i < w)
            {
                double p = (double)i / Math.Max(1, w);
                return Scale(rising switch { "linear" => p, "cosine" => 0.5 * (1 - Math.Cos(Math.PI * p)), _ => 1 - Math.Sqrt(1 - p) });
            }
            if (i < w + stable) return 1;
            if (i >= w + stable + decay) return min;
            double q = (double)(i - w - stable) / Math.Max(1, decay);
            return Scale(falling switch { "linear" => 1 - q, "cosine" => Wave(cycles, q), _ => 1 - Math.Sqrt(q) });
        };
    }

    private Func<int, double> Warm(Func<int, double> after)
    {
        int w = _warmup;
        return i => i < w ? (double)i / Math.Max(1, w) : after(i);
    }

    /// <summary>Half a cosine per half cycle, from 1 to 0.</summary>
    private static double Wave(double cycles, double p) => 0.5 * (1 + Math.Cos(Math.PI * cycles * 2 * p));

    private double MinRate()
    {
        bool rate = _arguments.GetValueOrDefault("min_lr") is not null, share = _arguments.GetValueOrDefault("min_lr_rate") is not null;
        if (rate == share) throw new UsageException($"lr_scheduler_kwargs: '{_type}' needs exactly one of min_lr and min_lr_rate; write for example 'lr_scheduler_kwargs: {{min_lr_rate: 0.1}}'");
        return share ? Number("min_lr_rate", null) : Number("min_lr", null) / _rate;
    }

    private double Number(string name, double? otherwise) => _arguments.GetValueOrDefault(name) switch
    {
        null => otherwise ?? throw new UsageException($"lr_scheduler_kwargs: '{_type}' needs {name}; write 'lr_scheduler_kwargs: {{{name}: …}}'"),
        string s when RecipeValue.Plain(s) is long or double => Convert.ToDouble(RecipeValue.Plain(s), CultureInfo.InvariantCulture),
        long or int or double or float => Convert.ToDouble(_arguments[name], CultureInfo.InvariantCulture),
        object other => throw new UsageException($"lr_scheduler_kwargs: {name}: expected a number, found '{other}'; write for example '{name}: 0.1'"),
    };

    private string Word(string name, string otherwise)
    {
        string word = _arguments.GetValueOrDefault(name) as string ?? otherwise;
        return word is "linear" or "cosine" or "1-sqrt" ? word : throw new UsageException($"lr_scheduler_kwargs: {name}: expected one of linear, cosine, 1-sqrt, found '{word}'; change it");
    }
}
