namespace Pure.Tuner;

/// <summary>The values of report_to.</summary>
internal static class ReportTo
{
    /// <summary>Logs that are written here.</summary>
    private static readonly string[] s_written = ["tensorboard", "csv"];

    /// <summary>Services of the field that have a client of their own.</summary>
    private static readonly string[] s_services =
        ["wandb", "mlflow", "swanlab", "neptune", "comet_ml", "trackio", "clearml", "dagshub", "codecarbon", "azure_ml", "flyte", "dvclive"];

    /// <summary>Names of the logs that are written.</summary>
    internal static IReadOnlyList<string> Written => s_written;

    /// <summary>Names of services that are refused.</summary>
    internal static IReadOnlyList<string> Services => s_services;

    /// <summary>The logs to write: all of them for <c>all</c>, none for <c>none</c>.</summary>
    public static IReadOnlySet<string> Resolve(IEnumerable<string> names)
    {
        var logs = new HashSet<string>(StringComparer.Ordinal);
        foreach (string name in names)
        {
            if (name == "all") logs.UnionWith(s_written);
            else if (name is not ("none" or "")) logs.Add(name);
        }
        return logs;
    }

    /// <summary>One sentence for each name that cannot be served.</summary>
    /// <param name="where">"file:line: report_to".</param>
    /// <param name="names">As written.</param>
    public static IEnumerable<string> Faults(string where, IReadOnlyList<string> names)
    {
        foreach (string name in names)
        {
            if (name is "none" or "all" or "" || s_written.Contains(name)) continue;
            yield return s_services.Contains(name)
                ? $"{where}: nothing is sent to '{name}' from here; write 'report_to: tensorboard' and let {name} read or sync the runs/ folder of output_dir, or use 'csv'"
                : $"{where}: expected none, all, tensorboard or csv, found '{name}'; did you mean '{RecipeKeys.NearestOf(name, [.. s_written, "none", "all"])}'?";
        }
        if (names.Contains("none") && names.Count > 1) yield return $"{where}: 'none' cannot stand beside other names; keep one of the two";
    }
}
