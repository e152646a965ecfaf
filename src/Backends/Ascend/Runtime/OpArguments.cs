namespace Pure.Tuner.Ascend;

/// <summary>The arguments of one call of an operator, recorded without any object of the library: those are made when the call is planned.</summary>
/// <remarks>
/// Everything but the addresses of tensors lies in one row of numbers: kind, dtype, lengths, strides, offset, size of the storage, values, and which
/// tensors have one address. Two calls of an operator with the same row are planned alike, so that the row is also the key of an executor that is kept.
/// Nothing is allocated once the rows are long enough.
/// </remarks>
internal sealed unsafe class OpArguments : IEquatable<OpArguments>
{
    private const int Most = 32;
    private const long TensorKind = 1, NothingKind = 2, NullKind = 3, ScalarKind = 4, ArrayKind = 5, ListKind = 6, ValueKind = 7;

    private readonly int[] _at;
    private readonly nint[] _made;
    private readonly ArgumentNote[] _notes;
    private long[] _row;
    private nint[] _addresses;
    private int _length, _count, _tensors, _noted;
    private ulong* _results;

    public OpArguments() => (_at, _made, _notes, _row, _addresses) = (new int[Most], new nint[Most], new ArgumentNote[24], new long[96], new nint[16]);

    /// <summary>A key: the row alone.</summary>
    private OpArguments(OpArguments from)
    {
        (_at, _made, _notes, _addresses) = ([], [], [], []);
        (Name, _length, _row) = (from.Name, from._length, from._row.AsSpan(0, from._length).ToArray());
    }

    /// <summary>The operator: Add, Matmul.</summary>
    public string Name = "";

    /// <summary>Whether an executor of this call may be used again with other addresses.</summary>
    /// <remarks>
    /// Not with a list. Nor where a tensor is null or has no elements: the library counts the tensors when an address is set, and whether those count is
    /// seen in the sources of one generation only. A wrong count would move the wrong tensor.
    /// </remarks>
    public bool CanRepeat { get; private set; } = true;

    /// <summary>Where tensors lie, in the order of the parameters: the start of the storage, which the library adds the offset to.</summary>
    public ReadOnlySpan<nint> Addresses => _addresses.AsSpan(0, _tensors);

    /// <summary>Arguments so far.</summary>
    public int Count => _count;

    /// <summary>An object that was made for an argument.</summary>
    public nint this[int i] => _made[i];

    /// <summary>Where phase one puts the bytes of workspace.</summary>
    public ulong* Size => _results;

    /// <summary>Where phase one puts the executor.</summary>
    public nint* Executor => (nint*)(_results + 1);

    /// <summary>A number by value.</summary>
    public long Integer(int i) => _row[_at[i] + 1];

    /// <summary>A float by value.</summary>
    public double Number(int i) => BitConverter.Int64BitsToDouble(_row[_at[i] + 1]);

    /// <summary>Begins anew.</summary>
    public void Clear() => (_length, _count, _tensors, _noted, CanRepeat) = (0, 0, 0, 0, true);

    public OpArgument Tensor(ReadOnlySpan<int> lengths, ReadOnlySpan<int> strides, int type, long offset, long storage, nint address)
    {
        OpArgument argument = Next();
        AddTensor(lengths, strides, type, offset, storage, address);
        return argument;
    }

    /// <summary>A tensor without elements.</summary>
    public OpArgument Nothing(int type)
    {
        CanRepeat = false;
        return Next(NothingKind, type);
    }

    public OpArgument Null()
    {
        CanRepeat = false;
        return Next(NullKind, 0);
    }

    public OpArgument Scalar(double value, bool isInteger) => Next(ScalarKind | (isInteger ? 1L << 8 : 0), isInteger ? (long)value : BitConverter.DoubleToInt64Bits(value));

    /// <summary>A number that is handed over as F32.</summary>
    public OpArgument Single(double value) => Next(ScalarKind | 2L << 8, BitConverter.SingleToUInt32Bits((float)value));

    public OpArgument Integers(ReadOnlySpan<long> values)
    {
        OpArgument argument = Next(ArrayKind, values.Length);
        foreach (long value in values) Add(value);
        return argument;
    }

    public OpArgument Value(long value) => Next(ValueKind, value);

    /// <summary>Begins a list of so many tensors, which <see cref="Element"/> adds.</summary>
    public OpArgument List(int count)
    {
        CanRepeat = false;
        return Next(ListKind, count);
    }

    /// <summary>A tensor of the list that was begun.</summary>
    public void Element(ReadOnlySpan<int> lengths, ReadOnlySpan<int> strides, int type, long offset, long storage, nint address) => AddTensor(lengths, strides, type, offset, storage, address);

    public void Note(in ArgumentNote note)
    {
        if (_noted < _notes.Length) _notes[_noted++] = note;
    }

    /// <summary>Makes the objects and runs phase one; the status. What was made belongs to <paramref name="made"/> whatever happens.</summary>
    public int Plan(AclDevice device, delegate*<Acl, OpArguments, int> phaseOne, OpObjects made, out ulong workspace)
    {
        int tensor = 0;
        for (int i = 0; i < _count; i++) _made[i] = Make(device, _at[i], ref tensor, made);
        ulong* results = stackalloc ulong[2];
        results[0] = results[1] = 0;
        _results = results;
        int status = phaseOne(device.Acl, this);
        workspace = results[0];
        if (status == 0) made.Executor = *Executor;      // phase one gives none when it refuses
        _results = null;
        return status;
    }

    /// <summary>A copy of what decides how a call is planned.</summary>
    public OpArguments ToKey() => new(this);

    public bool Equals(OpArguments? other) => other is not null && Name == other.Name && _row.AsSpan(0, _length).SequenceEqual(other._row.AsSpan(0, other._length));

    public override bool Equals(object? obj) => Equals(obj as OpArguments);

    public override int GetHashCode()
    {
        ulong hash = (ulong)Name.GetHashCode(StringComparison.Ordinal);
        foreach (long number in _row.AsSpan(0, _length)) hash = (System.Numerics.BitOperations.RotateLeft(hash, 7) ^ (ulong)number) * 0x9E3779B97F4A7C15;
        return (int)(hash >> 32);
    }

    /// <summary>The arguments, for a message.</summary>
    public override string ToString() => string.Join(", ", _notes.Take(_noted).Select(n => n.ToString()));

    private OpArgument Next()
    {
        _at[_count] = _length;
        return new OpArgument(_count++);
    }

    private OpArgument Next(long kind, long value)
    {
        OpArgument argument = Next();
        Add(kind);
        Add(value);
        return argument;
    }

    private void Add(long number)
    {
        if (_length == _row.Length) Array.Resize(ref _row, 2 * _length);
        _row[_length++] = number;
    }

    private void AddTensor(ReadOnlySpan<int> lengths, ReadOnlySpan<int> strides, int type, long offset, long storage, nint address)
    {
        // An operator that finds its result where an argument lies may plan another way, so that it is part of the row.
        int alias = Addresses.IndexOf(address);
        if (alias < 0) alias = _tensors;
        if (_tensors == _addresses.Length) Array.Resize(ref _addresses, 2 * _tensors);
        _addresses[_tensors++] = address;
        int rank = Math.Max(1, lengths.Length);
        Add(TensorKind | (long)(byte)type << 8 | (long)rank << 16 | (long)alias << 24);
        Add(offset);
        Add(storage);
        for (int i = 0; i < rank; i++) Add(lengths.Length == 0 ? 1 : lengths[i]);      // a scalar is seen as one element
        for (int i = 0; i < rank; i++) Add(lengths.Length == 0 ? 1 : strides[i]);
    }

    private nint Make(AclDevice device, int at, ref int tensor, OpObjects made)
    {
        Acl acl = device.Acl;
        long kind = _row[at] & 0xFF, value = _row[at + 1];
        switch (kind)
        {
            case TensorKind: return MakeTensor(device, ref at, ref tensor, made);
            case NothingKind:
                long zero = 0, one = 1;
                return Made(device, made.Tensor(acl.aclCreateTensor(&zero, 1, (int)value, &one, 0, AclTypes.FormatNd, &zero, 1, 0)), "aclCreateTensor");
            case ScalarKind: return Made(device, made.Scalar(acl.aclCreateScalar((nint)(&value), (_row[at] >> 8 & 3) switch { 1 => AclTypes.Int64, 2 => AclTypes.Float, _ => AclTypes.Double })), "aclCreateScalar");
            case ArrayKind:
                fixed (long* first = _row.AsSpan(at + 2, (int)value)) return Made(device, made.Array(acl.aclCreateIntArray(first, (ulong)value)), "aclCreateIntArray");
            case ListKind:
                at += 2;
                for (long n = 0; n < value; n++) _ = MakeTensor(device, ref at, ref tensor, made);
                return Made(device, made.List(acl, (int)value), "aclCreateTensorList");
            default: return 0;
        }
    }

    private nint MakeTensor(AclDevice device, ref int at, ref int tensor, OpObjects made)
    {
        long head = _row[at];
        int type = (byte)(head >> 8), rank = (byte)(head >> 16);
        // Offset, strides and storage are in elements, whatever their width.
        fixed (long* row = &_row[at])
        {
            nint handle = made.Tensor(device.Acl.aclCreateTensor(row + 3, (ulong)rank, type, row + 3 + rank, row[1], AclTypes.FormatNd, row + 2, 1, _addresses[tensor]));
            at += 3 + 2 * rank;
            tensor++;
            return Made(device, handle, "aclCreateTensor");
        }
    }

    private nint Made(AclDevice device, nint handle, string function) => handle != 0 ? handle : throw device.Failure(500000, function, ToString());
}
