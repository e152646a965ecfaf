namespace Pure.Tuner.Ascend;

/// <summary>
/// Objects of the library that a call was planned with, and its executor. Phase one keeps pointers to the tensors, so that they live until phase two
/// has returned; then they may go, before the card has run anything.
/// </summary>
internal sealed unsafe class OpObjects
{
    private readonly List<nint> _tensors = [], _lists = [], _scalars = [], _arrays = [];

    /// <summary>What phase one planned; 0 where there is none or phase two has destroyed it.</summary>
    public nint Executor;

    /// <summary>The tensors that are arguments of their own, in the order of the parameters.</summary>
    public List<nint> Tensors => _tensors;

    public nint Tensor(nint made) => Add(_tensors, made);

    public nint Scalar(nint made) => Add(_scalars, made);

    public nint Array(nint made) => Add(_arrays, made);

    /// <summary>A list of the last tensors that were made: it owns them.</summary>
    public nint List(Acl acl, int count)
    {
        int first = _tensors.Count - count;
        nint list;
        fixed (nint* elements = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_tensors)[first..]) list = acl.aclCreateTensorList(elements, (ulong)count);
        if (list == 0) return 0;
        _tensors.RemoveRange(first, count);
        return Add(_lists, list);
    }

    /// <summary>Hands everything over to another, which has nothing.</summary>
    public void MoveTo(OpObjects other)
    {
        (other.Executor, Executor) = (Executor, 0);
        Move(_tensors, other._tensors);
        Move(_lists, other._lists);
        Move(_scalars, other._scalars);
        Move(_arrays, other._arrays);
    }

    /// <summary>Gives everything back; an executor that never came to phase two leaks unless it is destroyed by name.</summary>
    public void Release(Acl acl)
    {
        if (Executor != 0 && acl.aclDestroyAclOpExecutor != null) _ = acl.aclDestroyAclOpExecutor(Executor);
        Executor = 0;
        foreach (nint tensor in _tensors) _ = acl.aclDestroyTensor(tensor);
        foreach (nint list in _lists) _ = acl.aclDestroyTensorList(list);      // and its tensors
        foreach (nint scalar in _scalars) _ = acl.aclDestroyScalar(scalar);
        foreach (nint array in _arrays) _ = acl.aclDestroyIntArray(array);
        _tensors.Clear();
        _lists.Clear();
        _scalars.Clear();
        _arrays.Clear();
    }

    private static void Move(List<nint> from, List<nint> to)
    {
        to.AddRange(from);
        from.Clear();
    }

    private static nint Add(List<nint> to, nint made)
    {
        if (made != 0) to.Add(made);
        return made;
    }
}
