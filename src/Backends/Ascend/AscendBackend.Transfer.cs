using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Pure.Tuner.Ascend;

namespace Pure.Tuner;

public sealed unsafe partial class AscendBackend
{
    /// <summary>Ids that were sent lately, so that one outside a table is named before a kernel meets it: the card would only fault, or read garbage.</summary>
    private readonly ConditionalWeakTable<Storage, int[]> _sentIds = [];

    /// <summary>More ids than any batch has; a larger integer tensor is no list of ids.</summary>
    private const int MostIds = 1 << 20;

    /// <inheritdoc/>
    public override void Upload(ReadOnlySpan<byte> elements, Tensor y)
    {
        CheckTransfer("upload", elements.Length, y);
        if (elements.Length == 0) return;
        Written(y);
        nint to = y.Address;
        for (int done = 0; done < elements.Length;)
        {
            int count = Math.Min(StagingRing.ChunkBytes, elements.Length - done);
            nint room = _staging.Take(count);
            elements.Slice(done, count).CopyTo(new Span<byte>((void*)room, count));
            Move(room, to + done, count, AclTypes.HostToDevice);
            done += count;
        }
        BytesToDevice += elements.Length;
        if (y.DType == DType.I32 && y.Offset == 0 && y.Shape.Rank == 1 && y.Shape.Count <= MostIds)
            _sentIds.AddOrUpdate(y.Storage, MemoryMarshal.Cast<byte, int>(elements).ToArray());
    }

    /// <inheritdoc/>
    public override void Download(Tensor x, Span<byte> elements)
    {
        CheckTransfer("download", elements.Length, x);
        nint from = x.Address;
        for (int done = 0; done < elements.Length;)
        {
            int count = Math.Min(StagingRing.ChunkBytes, elements.Length - done);
            nint room = _staging.Back;
            Move(from + done, room, count, AclTypes.DeviceToHost);
            Synchronize();                           // until then the room holds nothing
            new ReadOnlySpan<byte>((void*)room, count).CopyTo(elements[done..]);
            done += count;
        }
        BytesToHost += elements.Length;
    }

    /// <summary>Notes that a tensor is about to be written: what is known of its elements from the host is no longer true.</summary>
    internal void Written(Tensor y)
    {
        if (y.DType == DType.I32) _sentIds.Remove(y.Storage);
        if (y.DType != DType.F32) return;
        _ropeForth.Written(y.Storage);
        _ropeBack.Written(y.Storage);
        _narrow.Written(y.Storage);
    }

    /// <summary>The ids of a tensor where they came from the host and are still what was sent.</summary>
    private int[]? KnownIds(Tensor ids) =>
        ids.DType == DType.I32 && ids.IsContiguous && ids.Offset == 0 && _sentIds.TryGetValue(ids.Storage, out int[]? sent) && sent.Length >= ids.Shape.Count ? sent : null;

    private void Move(nint from, nint to, long bytes, int direction)
    {
        Launch launch = _queue.Next(LaunchKind.Copy, "aclrtMemcpyAsync");
        (launch.From, launch.To, launch.Bytes, launch.Direction) = (from, to, bytes, direction);
        Launches++;
        if (_times.IsOn) _times.Mark(launch, direction switch { AclTypes.HostToDevice => "copy to the card", AclTypes.DeviceToHost => "copy to the host", _ => "copy" });
        _queue.Submit(launch);
    }

    private static void CheckTransfer(string what, long bytes, Tensor x)
    {
        if (!x.IsContiguous) throw new ArgumentException($"{what}: {x} is not contiguous");
        long expected = x.Shape.Count * x.DType.Size;
        if (bytes != expected) throw new ArgumentException($"{what}: {bytes} bytes for {x} ({bytes} against {expected})");
    }
}
