namespace Pure.Tuner;

/// <summary>A file that appears under its name only when it is complete and on the disk.</summary>
internal sealed class PendingFile : IDisposable
{
    private readonly string _temporary;
    private bool _committed;

    /// <exception cref="IOException">The folder does not exist or cannot be written.</exception>
    public PendingFile(string target)
    {
        Target = target;
        _temporary = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(target))!, $".{Path.GetFileName(target)}.{Path.GetRandomFileName()}");
        Stream = new FileStream(_temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1 << 20);
    }

    /// <summary>The name it will have.</summary>
    public string Target { get; }

    /// <summary>Where the content goes.</summary>
    public FileStream Stream { get; }

    /// <summary>The content is complete: flushes it to the disk and closes it; the name comes with <see cref="Commit"/>.</summary>
    public void Finish()
    {
        if (!Stream.CanWrite) return;
        Stream.Flush(flushToDisk: true);
        Stream.Dispose();
    }

    /// <summary>Gives it its name, in place of any older file.</summary>
    public void Commit()
    {
        Finish();
        File.Move(_temporary, Target, overwrite: true);
        _committed = true;
    }

    /// <summary>What a fault of the disk means for the file: its name and the reason, not the temporary name.</summary>
    internal static IOException Fault(string target, IOException e)
    {
        int path = e.Message.IndexOf(" : '", StringComparison.Ordinal);
        return new IOException($"{target}: cannot be written ({(path > 0 ? e.Message[..path] : e.Message.TrimEnd('.'))}); what was there before stays: free room or name another place", e);
    }

    /// <summary>Removes what was not committed.</summary>
    public void Dispose()
    {
        try { Stream.Dispose(); }
        catch (IOException) when (!_committed) { }          // closing writes what is left, and on a full disk fails once more
        if (!_committed) File.Delete(_temporary);
    }
}
