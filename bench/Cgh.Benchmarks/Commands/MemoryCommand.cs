using System.CommandLine;
using System.Globalization;
using Cgh.Benchmarks.Harness;
using Cgh.Benchmarks.Work;
using Cgh.Core;
using Cgh.Trainer.Native;

namespace Cgh.Benchmarks.Commands;

/// <summary><c>memory</c>: measures the memory of ResNet-18 training steps.</summary>
internal static class MemoryCommand
{
    private const int Batch = 16;

    // Enough to expose a heap that grows with every step.
    private const int Samples = 30;
    private const double Megabyte = 1 << 20;

    public static Command Create()
    {
        var command = new Command(
            "memory", $"Prints the peak memory of processes that train ResNet-18 with batch size {Batch}, for each rule, ours and PyTorch's. Linux only.");
        command.SetAction(_ => Run());
        return command;
    }

    private static void Run()
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new UserErrorException("memory requires Linux, as it reads /proc.");
        }

        using var inputs = new Inputs();
        var vector = Sizes.ResNet18 * sizeof(float) / Megabyte;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"A vector of ResNet-18's {Sizes.ResNet18:N0} parameters: {vector:F0} MB. "
            + $"Peaks are VmHWM of the whole process, including the runtime and libtorch."));
        Console.WriteLine($"Processor time: median of {Samples} steps.");
        Console.WriteLine("| process | vectors | peak, MB | processor seconds per step |");
        Console.WriteLine("|---|---|---|---|");
        (string Rule, string Vectors)[] rules = [("sgd", "weights, gradient"), ("rm3", "weights, three gradients"), ("m3", "weights, three gradients")];
        foreach (var (rule, vectors) in rules)
        {
            string[] step = ["step", "--dataset", inputs.Large, "--rule", rule, "--batch", $"{Batch}", "--threads", "1"];
            Print($"ours, {rule}", vectors, () => Worker.Ours(null, step));
            var environment = new Dictionary<string, string> { [Allocator.Variable] = "system" };
            Print($"ours, {rule}, {Allocator.Variable}=system", vectors, () => Worker.Ours(environment, step));
            if (Python.Path is not null)
            {
                Print(
                    $"PyTorch, {rule}",
                    "the same, and the update's temporaries",
                    () => Worker.Peer("step", "--rule", rule, "--batch", $"{Batch}", "--threads", "1"));
            }
        }

        if (Python.Path is null)
        {
            Console.Error.WriteLine($"Skipped PyTorch, because no Python with it was found. To install it: {Python.Install}.");
        }
    }

    private static void Print(string process, string vectors, Func<Worker> start)
    {
        using var worker = start();
        var seconds = new double[Samples];
        for (var sample = 0; sample < Samples; sample++)
        {
            var before = worker.ProcessorTime;
            worker.Sample();
            seconds[sample] = (worker.ProcessorTime - before).TotalSeconds;
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"| {process} | {vectors} | {worker.PeakMemory() / Megabyte:F0} | {Comparison.Median(seconds):F2} |"));
    }
}
