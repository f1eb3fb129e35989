using Cgh.Core.Runs;
using Cgh.Trainer.Training;

namespace Cgh.Trainer.Tests.Training;

public sealed class LearningRateTests
{
    // torch.optim.lr_scheduler.CosineAnnealingLR(SGD(lr=0.4), T_max=4), one step() after each epoch.
    [Theory]
    [InlineData(0, 0.4)]
    [InlineData(1, 0.3414213562373095)]
    [InlineData(2, 0.2)]
    [InlineData(3, 0.05857864376269051)]
    public void At_Cosine_EqualsPyTorchsCosineAnnealing(int epoch, double expected) =>
        Assert.Equal(expected, LearningRate.At(new RunSpec { Schedule = Schedule.Cosine, LearningRate = 0.4, Epochs = 4 }, epoch), 1e-15);

    // torch.optim.lr_scheduler.StepLR(SGD(lr=0.1), step_size=30, gamma=0.1).
    [Theory]
    [InlineData(0, 0.1)]
    [InlineData(29, 0.1)]
    [InlineData(30, 0.01)]
    [InlineData(60, 0.001)]
    [InlineData(89, 0.001)]
    public void At_Step_EqualsPyTorchsStepSchedule(int epoch, double expected) =>
        Assert.Equal(
            expected,
            LearningRate.At(new RunSpec { Schedule = Schedule.Step, LearningRate = 0.1, Epochs = 90, StepEvery = 30, StepFactor = 0.1 }, epoch),
            1e-15);
}
