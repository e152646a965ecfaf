using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Pure.Tuner.Ascend.Simulator;

/// <summary>A tensor's view of device memory, opened for one run of a kernel. Elements are numbered in the order of the view's own shape.</summary>
internal sealed unsafe class View
{
    private readonly byte* _start;    // the first element of the view; of a 4-bit view the byte that holds it
    private readonly int _nibble;     // 1 where a 4-bit view starts in the upper half of its byte
    private readonly long[] _lengths; // the shape, with neighbours joined that lie one after the other
    private readonly long[] _steps;

    private readonly float[]? _own; // values that the kernel made itself, in memory that does not move

    private View(byte* start, int nibble, AclType type, long[] shape, long[] strides, float[]? own = null)
    {
        _start = start;
        (_nibble, Type, Shape, Strides, _own) = (nibble, type, shape, strides, own);
        Count = Shapes.Count(shape);
        (_lengths, _steps) = Joined(shape, strides);
    }

    public AclType Type { get; }
    public long[] Shape { get; }
    public long[] Strides { get; }
    public long Count { get; }

    /// <summary>Whether the elements follow each other in memory.</summary>
    public bool IsDense => _lengths.Length == 1 && (_steps[0] == 1 || _lengths[0] == 1);

    public static View Read(IDeviceMemory memory, SimTensor t) => Open(memory, t, write: false);

    /// <summary>Opens an output; one whose elements lie over each other has no result that could be told.</summary>
    public static View Write(IDeviceMemory memory, SimTensor t)
    {
        for (int d = 0; d < t.Rank; d++)
            if (t.Strides[d] == 0 && t.Shape[d] > 1) throw new DeviceFault(507015, "6.output-stride", $"an output is {t}: a stride of 0 is for inputs only");
        return Open(memory, t, write: true);
    }

    private static View Open(IDeviceMemory memory, SimTensor t, bool write)
    {
        if (t.Count == 0) return new View(null, 0, t.Type, t.Shape, t.Strides);
        long low = t.Offset, high = t.Offset;
        for (int d = 0; d < t.Rank; d++)
        {
            long reach = (t.Shape[d] - 1) * t.Strides[d];
            if (reach < 0) low += reach;
            else high += reach;
        }
        bool nibbles = t.Type == AclType.Int4;
        long from = nibbles ? low / 2 : low * t.ElementBytes, to = nibbles ? (high / 2) + 1 : (high + 1) * t.ElementBytes;
        ulong address = t.Data + (ulong)from;
        ReadOnlySpan<byte> bytes = write ? memory.Write(address, to - from) : memory.Read(address, to - from);
        byte* block = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(bytes)); // device memory does not move
        return nibbles
            ? new View(block + (t.Offset / 2) - from, (int)(t.Offset & 1), t.Type, t.Shape, t.Strides)
            : new View(block + (t.Offset * t.ElementBytes) - from, 0, t.Type, t.Shape, t.Strides);
    }

    /// <summary>A view of values that a kernel has made itself.</summary>
    public static View Of(float[] values, long[] shape)
    {
        float[] own = GC.AllocateUninitializedArray<float>(Math.Max(1, values.Length), pinned: true);
        values.CopyTo(own, 0);
        return new View((byte*)Unsafe.AsPointer(ref own[0]), 0, AclType.Float, shape, Shapes.Contiguous(shape), own);
    }

    /// <summary>The same elements under another shape and other strides.</summary>
    public View As(long[] shape, long[] strides) => new(_start, _nibble, Type, shape, strides, _own);

    /// <summary>Repeats dimensions of one element, and puts new ones in front.</summary>
    public View Expand(long[] shape)
    {
        var strides = new long[shape.Length];
        int lead = shape.Length - Shape.Length;
        for (int d = lead; d < shape.Length; d++) strides[d] = Shape[d - lead] == 1 ? 0 : Strides[d - lead];
        return As(shape, strides);
    }

    /// <summary>Dimensions in another order.</summary>
    public View Permute(int[] order) => As([.. order.Select(d => Shape[d])], [.. order.Select(d => Strides[d])]);

    /// <summary>The matrix of one batch: the last two dimensions.</summary>
    public View Matrix(long batch)
    {
        int lead = Shape.Length - 2;
        long at = 0;
        for (int d = lead - 1; d >= 0; d--)
        {
            at += batch % Shape[d] * Strides[d];
            batch /= Shape[d];
        }
        return From(at, Shape[lead..], Strides[lead..]);
    }

    /// <summary>A view that starts <paramref name="elements"/> further on.</summary>
    public View From(long elements, long[] shape, long[] strides)
    {
        if (Type != AclType.Int4) return new View(_start + (elements * Width(Type)), 0, Type, shape, strides, _own);
        long nibble = _nibble + elements;
        return new View(_start + (nibble >> 1), (int)(nibble & 1), Type, shape, strides);
    }

    /// <summary>Elements from <paramref name="first"/> on, as numbers of another type.</summary>
    public void Load<T>(long first, Span<T> to) where T : unmanaged, INumberBase<T>
    {
        if (_lengths.Length == 1)
        {
            LoadRun(first * _steps[0], _steps[0], to);
            return;
        }
        var walk = new Walk(_lengths, _steps, first, stackalloc long[_lengths.Length]);
        for (int done = 0; done < to.Length;)
        {
            int n = (int)Math.Min(walk.Left, to.Length - done);
            LoadRun(walk.Index, walk.Step, to.Slice(done, n));
            done += n;
            walk.NextRun();
        }
    }

    /// <summary>Writes elements from <paramref name="first"/> on, rounded to the view's type.</summary>
    public void Store<T>(long first, ReadOnlySpan<T> from) where T : unmanaged, INumberBase<T>
    {
        if (_lengths.Length == 1)
        {
            StoreRun(first * _steps[0], _steps[0], from);
            return;
        }
        var walk = new Walk(_lengths, _steps, first, stackalloc long[_lengths.Length]);
        for (int done = 0; done < from.Length;)
        {
            int n = (int)Math.Min(walk.Left, from.Length - done);
            StoreRun(walk.Index, walk.Step, from.Slice(done, n));
            done += n;
            walk.NextRun();
        }
    }

    /// <summary>Elements to read: the memory itself where it has the type already, else loaded into the buffer.</summary>
    public ReadOnlySpan<T> Source<T>(long first, int n, Span<T> buffer) where T : unmanaged, INumberBase<T>
    {
        if (IsDense && Holds<T>()) return new ReadOnlySpan<T>((T*)_start + first, n);
        Load(first, buffer[..n]);
        return buffer[..n];
    }

    /// <summary>Where to write elements; <see cref="Commit{T}"/> brings a buffer home.</summary>
    public Span<T> Target<T>(long first, int n, Span<T> buffer) where T : unmanaged, INumberBase<T> =>
        IsDense && Holds<T>() ? new Span<T>((T*)_start + first, n) : buffer[..n];

    public void Commit<T>(long first, Span<T> target) where T : unmanaged, INumberBase<T>
    {
        if (!(IsDense && Holds<T>())) Store<T>(first, target);
    }

    /// <summary>Elements by their distance in memory from the first one.</summary>
    public void Run(long index, long step, Span<float> to) => LoadRun(index, step, to);

    /// <summary>The bytes of a dense view.</summary>
    public Span<byte> Bytes => new(_start, checked((int)(Count * Width(Type))));

    private bool Holds<T>() => (Type == AclType.Float && typeof(T) == typeof(float)) || (Type == AclType.Int64 && typeof(T) == typeof(long)) || (Type == AclType.Double && typeof(T) == typeof(double));

    private static int Width(AclType type) => type switch
    {
        AclType.Float or AclType.Int32 or AclType.UInt32 => 4,
        AclType.Int64 or AclType.UInt64 or AclType.Double => 8,
        AclType.Float16 or AclType.BFloat16 or AclType.Int16 or AclType.UInt16 => 2,
        _ => 1,
    };

    private void LoadRun<T>(long index, long step, Span<T> to) where T : unmanaged, INumberBase<T>
    {
        switch (Type)
        {
            case AclType.Float: Elements.Load((float*)_start + index, step, to); break;
            case AclType.Float16: Elements.Load((Half*)_start + index, step, to); break;
            case AclType.BFloat16: Elements.LoadBFloat16((ushort*)_start + index, step, to); break;
            case AclType.Double: Elements.Load((double*)_start + index, step, to); break;
            case AclType.Int8: Elements.Load((sbyte*)_start + index, step, to); break;
            case AclType.UInt8: Elements.Load(_start + index, step, to); break;
            case AclType.Int16: Elements.Load((short*)_start + index, step, to); break;
            case AclType.UInt16: Elements.Load((ushort*)_start + index, step, to); break;
            case AclType.Int32: Elements.Load((int*)_start + index, step, to); break;
            case AclType.UInt32: Elements.Load((uint*)_start + index, step, to); break;
            case AclType.Int64: Elements.Load((long*)_start + index, step, to); break;
            case AclType.UInt64: Elements.Load((ulong*)_start + index, step, to); break;
            case AclType.Bool: Elements.LoadBool(_start + index, step, to); break;
            case AclType.Int4: Elements.LoadInt4(_start, _nibble + index, step, to); break;
            default: throw new DeviceFault(507015, "", $"a kernel met element type {(int)Type}");
        }
    }

    private void StoreRun<T>(long index, long step, ReadOnlySpan<T> from) where T : unmanaged, INumberBase<T>
    {
        switch (Type)
        {
            case AclType.Float: Elements.Store(from, (float*)_start + index, step); break;
            case AclType.Float16: Elements.Store(from, (Half*)_start + index, step); break;
            case AclType.BFloat16: Elements.StoreBFloat16(from, (ushort*)_start + index, step); break;
            case AclType.Double: Elements.Store(from, (double*)_start + index, step); break;
            case AclType.Int8: Elements.Store(from, (sbyte*)_start + index, step); break;
            case AclType.UInt8: Elements.Store(from, _start + index, step); break;
            case AclType.Int16: Elements.Store(from, (short*)_start + index, step); break;
            case AclType.UInt16: Elements.Store(from, (ushort*)_start + index, step); break;
            case AclType.Int32: Elements.Store(from, (int*)_start + index, step); break;
            case AclType.UInt32: Elements.Store(from, (uint*)_start + index, step); break;
            case AclType.Int64: Elements.Store(from, (long*)_start + index, step); break;
            case AclType.UInt64: Elements.Store(from, (ulong*)_start + index, step); break;
            case AclType.Bool: Elements.StoreBool(from, _start + index, step); break;
            case AclType.Int4: Elements.StoreInt4(from, _start, _nibble + index, step); break;
            default: throw new DeviceFault(507015, "", $"a kernel met element type {(int)Type}");
        }
    }

    private static (long[] Lengths, long[] Steps) Joined(long[] shape, long[] strides)
    {
        var lengths = new List<long>();
        var steps = new List<long>();
        for (int d = 0; d < shape.Length; d++)
        {
            if (shape[d] == 1) continue;
            if (lengths.Count > 0 && steps[^1] == strides[d] * shape[d])
            {
                lengths[^1] *= shape[d];
                steps[^1] = strides[d];
                continue;
            }
            lengths.Add(shape[d]);
            steps.Add(strides[d]);
        }
        return lengths.Count == 0 ? ([1], [1]) : ([.. lengths], [.. steps]);
    }
}
