namespace Pure.Tuner.Ascend;

/// <summary>A mark in the stream: something to wait for, and a time.</summary>
internal sealed unsafe class AclEvent : IDisposable
{
    private readonly AclDevice _device;

    public AclEvent(AclDevice device)
    {
        _device = device;
        device.Enter();
        nint handle = 0;
        device.Check(device.Acl.aclrtCreateEvent(&handle), "aclrtCreateEvent");
        Handle = handle;
    }

    public nint Handle { get; private set; }

    /// <summary>Waits until the stream has come to it. It must have been recorded.</summary>
    public void Wait()
    {
        _device.Enter();
        _device.Check(_device.Acl.aclrtSynchronizeEvent(Handle), "aclrtSynchronizeEvent");
    }

    /// <summary>Milliseconds from an earlier event of the same stream; both must be past.</summary>
    public float MillisecondsSince(AclEvent start)
    {
        _device.Enter();
        float ms = 0;
        _device.Check(_device.Acl.aclrtEventElapsedTime(&ms, start.Handle, Handle), "aclrtEventElapsedTime");
        return ms;
    }

    public void Dispose()
    {
        if (Handle == 0) return;
        try
        {
            _device.Enter();
            _ = _device.Acl.aclrtDestroyEvent(Handle);
        }
        catch (Exception e) when (e is AclException or ObjectDisposedException) { }
        Handle = 0;
    }
}
