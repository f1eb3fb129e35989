using Cgh.Trainer.UpdateRules.Kernels;
using static TorchSharp.torch;

namespace Cgh.Trainer.Tests.UpdateRules;

public sealed class FlatVectorTests
{
    [Fact]
    public unsafe void Pointer_VectorLargerThanTwoGigabytes_ReachesTheEnd()
    {
        const long Length = 540_000_000;
        using var scope = NewDisposeScope();
        var vector = empty(Length);
        vector[Length - 1] = 7.5f;

        Assert.Equal(7.5f, FlatVector.Pointer(vector)[Length - 1]);
    }

    [Fact]
    public void IsOne_OtherTypesOrShapes_ReturnsFalse()
    {
        using var scope = NewDisposeScope();

        Assert.True(FlatVector.IsOne(zeros(4)));
        Assert.True(FlatVector.IsOne(zeros(9).narrow(0, 1, 5)));
        Assert.False(FlatVector.IsOne(zeros(4, 4)));
        Assert.False(FlatVector.IsOne(zeros(4, ScalarType.Float64)));
        Assert.False(FlatVector.IsOne(zeros(4, 4).t()[0]));
    }
}
