namespace Pure.Tuner;

/// <summary>Where a run's values go as they are logged, for other programs to show.</summary>
internal interface IRunLog : IDisposable
{
    /// <summary>Called once, before the first entry.</summary>
    /// <param name="settings">The resolved recipe as text, kept where the log has room for text.</param>
    /// <param name="doneSteps">Updates already done where a run goes on, else 0: entries of later ones are taken back.</param>
    void Begin(string settings, int doneSteps);

    /// <summary>Adds an entry and hands it to the system at once.</summary>
    /// <param name="step">Updates done.</param>
    /// <param name="values">Under the names of trainer_state.json's log_history.</param>
    void Log(int step, IReadOnlyDictionary<string, double> values);
}

/// <summary>The logs that a recipe asks for.</summary>
internal sealed class RunLog : IRunLog
{
    private readonly IRunLog[] _logs;

    internal RunLog(params IRunLog[] logs) => _logs = logs;

    /// <summary>report_to as logs; none where it says none.</summary>
    /// <param name="recipe">Checked before by <see cref="ReportTo.Faults"/>.</param>
    /// <param name="clock">The time; the system's where it is null.</param>
    public static RunLog For(Recipe recipe, TimeProvider? clock = null)
    {
        IReadOnlySet<string> names = ReportTo.Resolve(recipe.ReportTo);
        var logs = new List<IRunLog>();
        if (names.Contains("tensorboard")) logs.Add(new TensorBoardLog(recipe.OutputDir!, recipe.LoggingDir, recipe.RunName, clock));
        if (names.Contains("csv")) logs.Add(new CsvLog(recipe.OutputDir!));
        return new RunLog([.. logs]);
    }

    public void Begin(string settings, int doneSteps)
    {
        foreach (IRunLog log in _logs) log.Begin(settings, doneSteps);
    }

    public void Log(int step, IReadOnlyDictionary<string, double> values)
    {
        foreach (IRunLog log in _logs)
        {
            try { log.Log(step, values); }
            catch (IOException) { }                               // a full disk ends no run: the entry is missing here, the history keeps it
        }
    }

    /// <summary>The numbers of an entry of log_history; the step and what is no number stay behind.</summary>
    public static Dictionary<string, double> Numbers(IEnumerable<KeyValuePair<string, object?>> entry)
    {
        var values = new Dictionary<string, double>();
        foreach ((string key, object? value) in entry)
            if (key != "step" && value is double or float or int or long) values[key] = Convert.ToDouble(value, null);
        return values;
    }

    public void Dispose()
    {
        foreach (IRunLog log in _logs) log.Dispose();
    }
}
