namespace Pure.Tuner.Ascend;

/// <summary>Times of launches by the card's own clock, for a profile: an event before and one behind each, read when the card has come past them.</summary>
/// <remarks>
/// Events are few (1,023 on a 310P), so they are used in turn; when all are taken the card is waited for. The times of the card are laid on
/// the profile's clock at the first wait, and from batch to batch the last event carries them on.
/// </remarks>
internal sealed class DeviceTimes(AclDevice device, LaunchQueue queue) : IDisposable
{
    private const int Pairs = 256;

    private readonly AclEvent?[] _starts = new AclEvent?[Pairs], _ends = new AclEvent?[Pairs];
    private readonly (string Name, DeviceWork? Work)[] _of = new (string, DeviceWork?)[Pairs];
    private AclEvent? _anchor;
    private Profile? _profile;
    private long _anchorNs;
    private int _used;
    private bool _isRefused;

    /// <summary>Whether this thread is profiled and the library keeps times.</summary>
    public unsafe bool IsOn => !_isRefused && Profile.Current is not null && device.Acl.aclrtEventElapsedTime != null;

    /// <summary>Gives a launch its events.</summary>
    public void Mark(Launch launch, string? name = null)
    {
        Profile profile = Profile.Current!;
        if (!ReferenceEquals(profile, _profile)) Begin(profile);
        if (_used == Pairs)
        {
            queue.Synchronize();
            Read();
        }
        if (_isRefused) return;
        try
        {
            AclEvent start = _starts[_used] ??= new AclEvent(device), end = _ends[_used] ??= new AclEvent(device);
            (launch.Before, launch.Behind) = (start.Handle, end.Handle);
        }
        catch (AclException e)
        {
            Refused(e);
            return;
        }
        _of[_used++] = (name ?? launch.Name, profile.OpenWork());
    }

    /// <summary>Times are not worth a training: from here on there are none, and the table says why. What is wrong with the card itself shows in the work.</summary>
    private void Refused(AclException e)
    {
        _isRefused = true;
        _profile?.DeviceFault($"the card's times end early: {e.Message}");
    }

    /// <summary>The card has come past everything: tells the profile what it took.</summary>
    public void Read()
    {
        if (_used == 0) return;
        int count = _used;
        _used = 0;
        if (queue.Fault is not null) return;         // events behind a fault were never recorded
        try
        {
            for (int i = 0; i < count; i++)
            {
                float since = _starts[i]!.MillisecondsSince(_anchor!), ms = _ends[i]!.MillisecondsSince(_starts[i]!);
                _profile!.OnDevice(_of[i].Name, _of[i].Work, _anchorNs + (long)(since * 1e6), (long)(ms * 1e6));
            }
            _anchorNs += (long)(_ends[count - 1]!.MillisecondsSince(_anchor!) * 1e6);
            (_anchor, _ends[count - 1]) = (_ends[count - 1], _anchor);
        }
        catch (AclException e) { Refused(e); }
    }

    /// <summary>Tells the profile, if there is one, what memory came to.</summary>
    public void Memory(string line) => _profile?.DeviceMemory(line);

    public void Dispose()
    {
        _anchor?.Dispose();
        foreach (AclEvent? e in _starts) e?.Dispose();
        foreach (AclEvent? e in _ends) e?.Dispose();
    }

    /// <summary>Lays the card's clock on that of a profile that begins; what was noted for the one before is told it first.</summary>
    private void Begin(Profile profile)
    {
        queue.Synchronize();
        Read();
        _profile = profile;
        try
        {
            _anchor ??= new AclEvent(device);
            device.Record(_anchor);
            _anchor.Wait();
            _anchorNs = profile.ElapsedNs;
        }
        catch (AclException e) { Refused(e); }
    }
}
