using System.CommandLine;
using System.Globalization;
using Cgh.Benchmarks.Harness;
using Cgh.Benchmarks.Work;
using Cgh.Core;
using Cgh.Trainer.Native;

namespace Cgh.Benchmarks.Commands;

/// <summary><c>memory</c>: what a ResNet-18 step takes.</summary>
internal static class MemoryCommand
{
    private const int Batch = 16;

    // A heap that grows from step to step shows it by then.
    private const int Samples = 30;
    private const double Megabyte = 1 << 20;

    public static Command Create()
    {
        var command = new Command("memory", $"Prints the peak memory of a process that makes ResNet-18's steps, batch {Batch}, for each rule, and of PyTorch's. Linux.");
        command.SetAction(_ => Run());
        return command;
    }

    private static void Run()
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new UserErrorException("memory reads /proc, which only Linux has.");
        }

        using var inputs = new Inputs();
        var vector = Sizes.ResNet18 * sizeof(float) / Megabyte;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"A vector of ResNet-18's {Sizes.ResNet18:N0} parameters: {vector:F0} MB. Peaks are of the whole process (VmHWM), the runtime and libtorch included."));
        Console.WriteLine($"Processor time: median of {Samples} steps.");
        Console.WriteLine("| process | vectors | peak, MB | processor seconds a step |");
        Console.WriteLine("|---|---|---|---|");
        (string Rule, string Vectors)[] rules = [("sgd", "weights, gradient"), ("rm3", "weights, three gradients"), ("m3", "weights, three gradients")];
        foreach (var (rule, vectors) in rules)
        {
            string[] step = ["step", "--dataset", inputs.Large, "--rule", rule, "--batch", $"{Batch}", "--threads", "1"];
            Print($"ours, {rule}", vectors, () => Worker.Ours(null, step));
            Print($"ours, {rule}, {Allocator.Variable}=system", vectors, () => Worker.Ours(new Dictionary<string, string> { [Allocator.Variable] = "system" }, step));

            if (Python.Path is not null)
            {
                Print($"PyTorch, {rule}", "the same, and the update's temporaries", () => Worker.Peer("step", "--rule", rule, "--batch", $"{Batch}", "--threads", "1"));
            }
        }

        if (Python.Path is null)
        {
            Console.Error.WriteLine($"PyTorch's figures are left out. Install it: {Python.Install}.");
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

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {process} | {vectors} | {worker.PeakMemory() / Megabyte:F0} | {Comparison.Median(seconds):F2} |"));
    }
}
