namespace Pure.Tuner.Cli;

/// <summary><c>--profile</c>: a command's trace, written beside its place and renamed at the end, and the table that is printed then.</summary>
internal sealed class ProfileRun
{
    /// <summary>Name of the trace where none is given.</summary>
    private const string UsualName = "profile.json";

    private readonly Lock _gate = new();
    private readonly string? _target;
    private readonly string _temporary;
    private readonly FileStream _stream;
    private readonly Profile _profile;
    private bool _done;

    private ProfileRun(string? target)
    {
        _target = target is null ? null : Path.GetFullPath(target);
        string folder = Path.GetDirectoryName(_target) ?? Environment.CurrentDirectory;
        try
        {
            Directory.CreateDirectory(folder);
            _temporary = Path.Combine(folder, $".{Path.GetFileName(_target) ?? UsualName}.{Environment.ProcessId}.tmp");
            _stream = new FileStream(_temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { throw new UsageException($"profile: {target ?? UsualName} cannot be written: {e.Message}", e); }
        _profile = Profile.Begin(_stream);
    }

    /// <summary>Where the trace goes when it has no name of its own: the command's output folder, once it is there; null for the current one.</summary>
    public string? Folder { get; set; }

    /// <summary>Begins what the arguments ask for; null where they ask for nothing.</summary>
    /// <exception cref="UsageException">The file's name is none, or it cannot be written.</exception>
    public static ProfileRun? Begin(Command command, Arguments arguments)
    {
        if (command.Profiles is null) return null;                 // whoever gives it is told that there is no such option
        if (arguments.Text("profile") is not { } value || !command.Profiles(arguments)) return null;
        if (bool.TryParse(value, out bool wanted)) return wanted ? new ProfileRun(null) : null;
        return value.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? new ProfileRun(value) : throw new UsageException($"{command.Name}: profile: expected the name of a .json file, found '{value}'");
    }

    /// <summary>The option's value for one process of several: a file of its own.</summary>
    public static string Numbered(string value, int number) =>
        bool.TryParse(value, out bool wanted) ? wanted ? Numbered(UsualName, number) : value : $"{Path.ChangeExtension(value, null)}-{number}.json";

    /// <summary>Completes the trace, gives it its name and prints the table. Safe to call twice and from another thread.</summary>
    public void Finish(TextWriter output)
    {
        lock (_gate)
        {
            if (_done) return;
            _done = true;
            ProfileTable table = _profile.Finish();
            string target = _target ?? Path.Combine(Directory.Exists(Folder) ? Folder : "", UsualName);
            string? fault = Keep(table, target);
            if (table.Events == 0) return;
            output.WriteLine();
            output.Write(table.ToText());
            output.WriteLine(fault is null
                ? $"\nprofile: {table.Events} spans in {target} (ui.perfetto.dev and chrome://tracing show it)"
                : $"\nprofile: {target} was not written: {fault}; the table is complete");
        }
    }

    /// <summary>Gives the trace its name; the result says why it could not.</summary>
    private string? Keep(ProfileTable table, string target)
    {
        string? fault = table.Fault?.Message;
        try
        {
            if (fault is null) _stream.Flush(flushToDisk: true);
            _stream.Dispose();
        }
        catch (IOException e) { fault ??= e.Message; }
        try
        {
            if (fault is null && table.Events > 0) File.Move(_temporary, target, overwrite: true);
            else File.Delete(_temporary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { fault ??= e.Message; }
        return fault;
    }

    /// <summary>The thread is profiled no more.</summary>
    public void Leave() => _profile.Dispose();
}
