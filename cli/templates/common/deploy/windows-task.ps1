# A task of the Windows task scheduler, which runs Tenure in WSL every day at six by the clock of Windows.
# In PowerShell, once:  powershell -ExecutionPolicy Bypass -File windows-task.ps1
# Off at six? Then it runs as soon as the machine is back. Exit code 4 is a run that is done, with bad rows left out.
# To remove it:  Unregister-ScheduledTask -TaskName '$task'

$$action = New-ScheduledTaskAction -Execute 'wsl.exe' -Argument '-e "$tenure" run --workspace "$folder"'
# Then hands actions to their owners, once `channels:` in tenure.yaml say how.
$$deliver = New-ScheduledTaskAction -Execute 'wsl.exe' -Argument '-e "$tenure" deliver --workspace "$folder"'
$$trigger = New-ScheduledTaskTrigger -Daily -At '06:00'
$$settings = New-ScheduledTaskSettingsSet -StartWhenAvailable
Register-ScheduledTask -TaskName '$task' -Action $$action, $$deliver -Trigger $$trigger -Settings $$settings
