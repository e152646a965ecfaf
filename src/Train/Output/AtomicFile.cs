namespace Pure.Tuner;

/// <summary>Writes files so that a crash leaves the old one or the new one, never half of one.</summary>
internal static class AtomicFile
{
    /// <summary>Writes beside the place, flushes to the disk, renames.</summary>
    public static void Write(string path, Action<Stream> write)
    {
        string full = Path.GetFullPath(path);
        string folder = Path.GetDirectoryName(full)!;
        Directory.CreateDirectory(folder);
        string temporary = Path.Combine(folder, $".{Path.GetFileName(full)}.{Environment.ProcessId}.tmp");
        try
        {
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, full, overwrite: true);
        }
        catch (IOException e)
        {
            File.Delete(temporary);
            throw PendingFile.Fault(path, e);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    public static void WriteText(string path, string text) => Write(path, s => s.Write(System.Text.Encoding.UTF8.GetBytes(text)));

    public static void WriteBytes(string path, byte[] bytes) => Write(path, s => s.Write(bytes));
}

/// <summary>A folder that is complete or absent: filled under a temporary name beside its place, then renamed.</summary>
internal sealed class AtomicFolder : IDisposable
{
    private readonly string _place;
    private bool _done;

    public AtomicFolder(string place)
    {
        _place = Path.TrimEndingDirectorySeparator(Path.GetFullPath(place));
        Folder = Path.Combine(Path.GetDirectoryName(_place)!, $".{Path.GetFileName(_place)}.{Environment.ProcessId}.tmp");
        if (Directory.Exists(Folder)) Directory.Delete(Folder, recursive: true);
        Directory.CreateDirectory(Folder);
    }

    /// <summary>Where to write.</summary>
    public string Folder { get; }

    /// <summary>Flushes every file and gives the folder its name, in place of one that is already there.</summary>
    public void Commit()
    {
        foreach (string file in Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories))
        {
            using FileStream stream = new(file, FileMode.Open, FileAccess.ReadWrite);
            stream.Flush(flushToDisk: true);
        }
        string old = Folder + ".old";
        if (Directory.Exists(_place)) Directory.Move(_place, old);
        Directory.Move(Folder, _place);
        _done = true;
        if (Directory.Exists(old)) Directory.Delete(old, recursive: true);
    }

    public void Dispose()
    {
        if (!_done && Directory.Exists(Folder)) Directory.Delete(Folder, recursive: true);
    }
}
